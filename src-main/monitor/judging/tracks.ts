import type { TransitionReason } from '../../contract/alert.ts';
import type { Rule, RuleStatus } from '../../contract/rule.ts';
import type { Labels, Series } from '../../contract/sample.ts';
import { labelsKey } from '../../contract/series-key.ts';
import type { PreparedRule } from '../../rules/prepare.ts';
import { freshState, refit } from '../../rules/state.ts';
import { nothingHeard } from '../../rules/watched.ts';
import type { Known, Watched } from '../../rules/watched.ts';
import type { Track } from './track.ts';
import type { Moment } from './verdict.ts';

/** A track with what is remembered of it only while this process runs. Monotonic times are NaN before their first. */
export interface LiveTrack extends Track, Watched {
  /** When it fired last, and when its alert was last over. */
  firedMonotonic: number;
  endedMonotonic: number;
  learned: Learned;
  /** Its rule or its source was deleted, and may come back until then; null while it stays. */
  leaves: Leaving | null;
}

interface Leaving {
  reason: TransitionReason;
  rule: Rule | undefined;
  atMonotonic: number;
}

/** What history has told of a series, and when it is asked again. */
export interface Learned extends Known {
  /** Before when it need not be asked again, on the monotonic clock. */
  askAgainMonotonic: number;
}

/** Tracks by rule, host and labels. One without labels is found without making a key. */
export class Tracks {
  readonly #byRule = new Map<string, Map<string, Map<string, LiveTrack>>>();

  get(ruleId: string, host: string, labels: Labels): LiveTrack | undefined {
    return this.find(ruleId, host, labelsKey(labels));
  }

  /** The same by the key of its labels, for who asks after many rules of one series. */
  find(ruleId: string, host: string, key: string): LiveTrack | undefined {
    return this.#byRule.get(ruleId)?.get(host)?.get(key);
  }

  add(track: LiveTrack): void {
    const { host, labels } = track.series;
    let byHost = this.#byRule.get(track.ruleId);
    if (byHost === undefined)
      this.#byRule.set(track.ruleId, (byHost = new Map<string, Map<string, LiveTrack>>()));
    let byLabels = byHost.get(host);
    if (byLabels === undefined) byHost.set(host, (byLabels = new Map<string, LiveTrack>()));
    byLabels.set(labelsKey(labels), track);
  }

  delete({ ruleId, series }: Pick<Track, 'ruleId' | 'series'>): void {
    const byHost = this.#byRule.get(ruleId);
    const byLabels = byHost?.get(series.host);
    byLabels?.delete(labelsKey(series.labels));
    if (byLabels?.size === 0) byHost?.delete(series.host);
    if (byHost?.size === 0) this.#byRule.delete(ruleId);
  }

  /** All of them; what the loop deletes does not disturb it. */
  *[Symbol.iterator](): Generator<LiveTrack> {
    for (const byHost of this.#byRule.values())
      for (const byLabels of byHost.values()) yield* byLabels.values();
  }

  /** Those of one rule on one host. */
  of(ruleId: string, host: string): Iterable<LiveTrack> {
    return this.#byRule.get(ruleId)?.get(host)?.values() ?? [];
  }
}

/** What a changed rule would look back over is another thing. */
export function forget(track: LiveTrack, rule: PreparedRule): void {
  track.window = null;
  track.learned = { askAgainMonotonic: -Infinity, perDay: NaN, usual: null };
  refit(track.state, rule);
}

/** A track as this process begins with it. */
export function live(track: Track): LiveTrack {
  return {
    ...track,
    ...nothingHeard(),
    firedMonotonic: NaN,
    endedMonotonic: NaN,
    leaves: null,
    learned: { askAgainMonotonic: -Infinity, perDay: NaN, usual: null },
  };
}

/**
 * Where what was judged in the last run stands on the monotonic clock of this one. Over a restart there is only the wall clock;
 * one that was set back tells nothing.
 */
export function resume(track: LiveTrack, { now, monotonic }: Moment): void {
  track.judgedMonotonic = monotonic - Math.max(0, now - track.state.lastAt);
}

/**
 * Milliseconds since the rule last announced on the series; Infinity where that lies in the future, as after a clock was set
 * back over a restart, and null when it never did.
 */
export function announcedAgoMs({ lastAnnouncedAt }: Track, steady: number): number | null {
  if (lastAnnouncedAt === null) return null;
  return lastAnnouncedAt > steady ? Infinity : steady - lastAnnouncedAt;
}

/** Where a rule stands, for who looks. */
export function statusOf({ ruleId, series, state }: Track): RuleStatus {
  return {
    ruleId,
    host: series.host,
    labels: series.labels,
    phase: state.phase,
    violations: state.violations,
    since: known(state.since),
    lastValue: known(state.lastValue),
    lastAt: known(state.lastAt),
  };
}

/** As it is now: what waits to be written must not change with the next sample. */
export function persistent({ ruleId, series, state, alertId, lastAnnouncedAt, flaps }: LiveTrack): Track {
  const recent = state.recent === null ? null : [...state.recent];
  const track = { ruleId, series, state: { ...state, recent }, alertId, lastAnnouncedAt };
  return flaps === undefined ? track : { ...track, flaps };
}

/** A rule on a series of which nothing is remembered; it is waited for from now on. */
export function trackFor({ id }: Rule, series: Series, monotonic: number): LiveTrack {
  const fresh = { ruleId: id, series, state: freshState(), alertId: null, lastAnnouncedAt: null };
  return { ...live(fresh), heardMonotonic: monotonic };
}

/** Why nobody judges this track any more; null when somebody does. What is not sampled would keep its alert for ever. */
export function endOf(
  { series, state }: Track,
  prepared: PreparedRule | undefined,
  isDisabled: boolean,
  gone: 'source_removed' | 'host_removed' | null,
  isAbout: (rule: PreparedRule, host: string) => boolean,
  isJudgedThere: (rule: PreparedRule, host: string) => boolean,
): TransitionReason | null {
  // Whoever removes a host is told so, also where a rule chose it by tags that are gone with it.
  if (gone === 'host_removed') return gone;
  if (prepared !== undefined) {
    const { rule, matchesLabels } = prepared;
    if (rule.source !== series.source || rule.metric !== series.metric) return 'rule_changed';
    if (isJudgedThere(prepared, series.host)) return 'judged_by_agent';
    if (!isAbout(prepared, series.host)) return 'rule_changed';
    // The alert of a source as a whole has no labels, whatever its series have.
    if (state.phase === 'error' ? rule.onSourceError?.policy !== 'alert' : !matchesLabels(series.labels))
      return 'rule_changed';
    if (state.phase === 'no_data' && rule.noData?.policy !== 'alert') return 'rule_changed';
  }
  if (isDisabled) return 'rule_disabled';
  if (gone !== null) return gone;
  return prepared === undefined ? 'rule_removed' : null;
}

/** Whether it stands for a source as a whole, of a rule that judges other series: no sample ever comes for it. */
export function isOfWholeSource({ series }: Track, { matchesLabels }: PreparedRule): boolean {
  return !matchesLabels(series.labels);
}

/** The number, or null where there is none. */
export function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
