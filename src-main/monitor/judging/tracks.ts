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

/** A track with the state of this run. Monotonic times are NaN until they are first set. */
export interface LiveTrack extends Track, Watched {
  /** When it last fired, and when its alert last ended. */
  firedMonotonic: number;
  endedMonotonic: number;
  learned: Learned;
  /** Its rule or its source was deleted, and may come back until then; null otherwise. */
  leaves: Leaving | null;
}

interface Leaving {
  reason: TransitionReason;
  rule: Rule | undefined;
  atMonotonic: number;
}

/** What the history has answered about a series, and when it is asked again. */
export interface Learned extends Known {
  /** When it may be asked again, on the monotonic clock. */
  askAgainMonotonic: number;
}

/** Tracks by rule, host and labels. One without labels is found without computing a key. */
export class Tracks {
  readonly #byRule = new Map<string, Map<string, Map<string, LiveTrack>>>();

  get(ruleId: string, host: string, labels: Labels): LiveTrack | undefined {
    return this.find(ruleId, host, labelsKey(labels));
  }

  /** The same by the key of the labels, for a caller that looks up many rules for one series. */
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

  /** All of them; the loop may delete tracks. */
  *[Symbol.iterator](): Generator<LiveTrack> {
    for (const byHost of this.#byRule.values())
      for (const byLabels of byHost.values()) yield* byLabels.values();
  }

  /** The tracks of one rule on one host. */
  of(ruleId: string, host: string): Iterable<LiveTrack> {
    return this.#byRule.get(ruleId)?.get(host)?.values() ?? [];
  }
}

/** The windows of a changed rule have to start anew. */
export function forget(track: LiveTrack, rule: PreparedRule): void {
  track.window = null;
  track.learned = { askAgainMonotonic: -Infinity, perDay: NaN, usual: null };
  refit(track.state, rule);
}

/** The initial state of a track in this run. */
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
 * Places the last run's times on the monotonic clock of this one. Across a restart there is only the wall clock; if
 * that was set back, nothing is known.
 */
export function resume(track: LiveTrack, { now, monotonic }: Moment): void {
  track.judgedMonotonic = monotonic - Math.max(0, now - track.state.lastAt);
}

/**
 * Milliseconds since the rule last announced on the series; Infinity if that is in the future, as after a clock was set
 * back across a restart, and null if it never did.
 */
export function announcedAgoMs({ lastAnnouncedAt }: Track, steady: number): number | null {
  if (lastAnnouncedAt === null) return null;
  return lastAnnouncedAt > steady ? Infinity : steady - lastAnnouncedAt;
}

/** The state of a rule, for users. */
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

/** A copy: waiting data must not change with the next sample. */
export function persistent({ ruleId, series, state, alertId, lastAnnouncedAt, flaps }: LiveTrack): Track {
  const recent = state.recent === null ? null : [...state.recent];
  const track = { ruleId, series, state: { ...state, recent }, alertId, lastAnnouncedAt };
  return flaps === undefined ? track : { ...track, flaps };
}

/** A new track of a rule on a series, which is waited for from now on. */
export function trackFor({ id }: Rule, series: Series, monotonic: number): LiveTrack {
  const fresh = { ruleId: id, series, state: freshState(), alertId: null, lastAnnouncedAt: null };
  return { ...live(fresh), heardMonotonic: monotonic };
}

/**
 * Why this track is no longer evaluated; null if it is. A series that is no longer sampled would keep its alert for
 * ever.
 */
export function endOf(
  { series, state }: Track,
  prepared: PreparedRule | undefined,
  isDisabled: boolean,
  gone: 'source_removed' | 'host_removed' | null,
  isAbout: (rule: PreparedRule, host: string) => boolean,
  isJudgedThere: (rule: PreparedRule, host: string) => boolean,
): TransitionReason | null {
  // If a host was removed, that is the reason, even if a rule selected it by tags that were removed too.
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

/**
 * Whether it stands for a source as a whole, for a rule that evaluates other series: there is never a sample for it.
 */
export function isOfWholeSource({ series }: Track, { matchesLabels }: PreparedRule): boolean {
  return !matchesLabels(series.labels);
}

/** The number, or null for NaN. */
export function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
