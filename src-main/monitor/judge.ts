import { isPaused } from '../alerts/announce.ts';
import type { Circumstances } from '../alerts/announce.ts';
import { announceLate, announceOwedRecovery, fire, resolve } from '../alerts/lifecycle.ts';
import type { Moved } from '../alerts/lifecycle.ts';
import type { Alert, TransitionReason } from '../contract/alert.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Rule, RuleStatus } from '../contract/rule.ts';
import type { Reading, Series } from '../contract/sample.ts';
import type { Settings } from '../contract/settings.ts';
import { worse } from '../rules/comparisons.ts';
import { evaluate, freshState } from '../rules/evaluate.ts';
import type { RuleState } from '../rules/evaluate.ts';
import { intervalOf } from './board.ts';
import { ownSource } from './own-source.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';

/** What judging one reading, or new settings, changed. */
export interface Verdict {
  tracks: Track[];
  forgottenTracks: Track[];
  /** Alerts that are new or different, also without a move (a worse value). */
  alerts: Alert[];
  moves: (Moved & { rule: Rule })[];
  statuses: RuleStatus[];
}

/** The moment at which a reading is judged, on both clocks. */
export interface Moment {
  now: number;
  monotonic: number;
}

interface Remembered extends Track {
  /** When this track last saw a sample, on the monotonic clock of this process; undefined before the first. */
  seenMonotonic?: number;
}

/**
 * Holds every rule against every series it is about: remembers where each stands, and turns the pure decisions of
 * `rules/` into alerts by those of `alerts/`. It writes nothing; the caller commits the verdict.
 */
export class Judge {
  readonly #host: string;
  readonly #newId: () => string;
  readonly #tracks = new Map<string, Remembered>();
  readonly #firing = new Map<string, Alert>();
  /** Alerts that are over, whose recovery fell into a pause. */
  readonly #owed = new Map<string, Alert>();
  #pausedUntil: number | null;
  #rules = new Map<string, Rule>();
  #bySeries = new Map<string, Rule[]>();
  #intervalMs = new Map<string, number>();

  /**
   * `host` is the name of this machine; `tracks` and `open` are what was remembered of the last run, `open` being the
   * alerts that are firing and those whose recovery is owed.
   */
  constructor(host: string, tracks: Track[], open: Alert[], pausedUntil: number | null, newId: () => string) {
    this.#host = host;
    this.#newId = newId;
    this.#pausedUntil = pausedUntil;
    for (const alert of open) (alert.state === 'firing' ? this.#firing : this.#owed).set(alert.id, alert);
    for (const track of tracks) this.#tracks.set(trackKey(track), track);
  }

  /** Firing alerts: critical before warning, then the longest first. */
  firing(): Alert[] {
    const rank = (alert: Alert) => (alert.severity === 'critical' ? 0 : 1);
    return [...this.#firing.values()].sort((a, b) => rank(a) - rank(b) || a.firedAt - b.firedAt);
  }

  /** The alert as it is now; undefined when it does not fire. */
  firingAlert(id: string): Alert | undefined {
    return this.#firing.get(id);
  }

  statuses(): RuleStatus[] {
    return [...this.#tracks.values()].filter((track) => this.#rules.has(track.ruleId)).map(statusOf);
  }

  /** Takes new rules: ends what nobody judges any more, with the reason, and lets everything else go on. */
  configure(settings: Settings, moment: Moment): Verdict {
    const before = this.#rules;
    this.#rules = new Map(settings.rules.filter((rule) => rule.enabled).map((rule) => [rule.id, rule]));
    this.#bySeries = Map.groupBy(this.#rules.values(), (rule) => seriesOfRule(rule.source, rule.metric));
    this.#intervalMs = new Map(
      settings.sources.map((source) => [source.name, intervalOf(source, settings) * 1000]),
    );
    const disabled = new Map(settings.rules.filter((rule) => !rule.enabled).map((rule) => [rule.id, rule]));
    const sampled = new Set(settings.sources.filter(({ enabled }) => enabled).map(({ name }) => name));
    sampled.add(ownSource);

    const verdict = emptyVerdict();
    for (const [key, track] of this.#tracks) {
      const rule = this.#rules.get(track.ruleId);
      const isSampled = track.series.host === this.#host && sampled.has(track.series.source);
      const reason = endOf(track, rule, disabled.has(track.ruleId), isSampled);
      if (reason === null) continue;
      const alert = this.#alertOf(track);
      if (alert !== undefined) {
        const moved = resolve(alert, reason, moment.now, null, this.#circumstances(track, moment));
        this.#enter(
          moved,
          rule ?? disabled.get(track.ruleId) ?? before.get(track.ruleId) ?? ruleOf(alert),
          verdict,
        );
      }
      this.#tracks.delete(key);
      verdict.forgottenTracks.push(track);
    }
    return verdict;
  }

  judge(reading: Reading, moment: Moment): Verdict {
    const verdict = emptyVerdict();
    this.#payOwedRecoveries(moment, verdict);
    for (const { metric, labels, value } of reading.samples) {
      // A name without labels is one series; labelled ones are judged only by rules that ask for them.
      if (Object.keys(labels).length > 0) continue;
      const series: Series = { host: reading.host, source: reading.source, metric, labels };
      for (const rule of this.#bySeries.get(seriesOfRule(reading.source, metric)) ?? []) {
        this.#judgeSeries(rule, series, value, reading.at, moment, verdict);
      }
    }
    return verdict;
  }

  #judgeSeries(
    rule: Rule,
    series: Series,
    value: number,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const key = trackKey({ ruleId: rule.id, series });
    const track: Remembered = this.#tracks.get(key) ?? {
      ruleId: rule.id,
      series,
      state: freshState,
      alertId: null,
      lastAnnouncedAt: null,
    };
    const { state, move } = evaluate(rule, track.state, {
      value,
      at,
      elapsedMs: elapsedMs(track, at, moment),
      intervalMs: this.#intervalMs.get(series.source) ?? 0,
    });
    const next: Remembered = { ...track, state, seenMonotonic: moment.monotonic };

    const alert = this.#alertOf(track);
    const circumstances = this.#circumstances(track, moment);
    let moved: Moved | null = null;
    if (move?.to === 'firing') {
      const { since, worst } = known(state, value, at);
      moved = fire({ id: this.#newId(), rule, series, since, worst, value, at }, circumstances);
    } else if (move?.to === 'resolved' && alert !== undefined) {
      moved = resolve(alert, move.reason, at, value, circumstances);
    } else if (alert !== undefined) {
      // It is violated still: what the rule says now is what this alert is about.
      const asRuled: Alert = { ...alert, ...termsOf(rule) };
      const current: Alert = {
        ...asRuled,
        lastValue: value,
        worstValue: worse(asRuled, alert.worstValue, value),
      };
      this.#firing.set(alert.id, current);
      if (!isSameBesidesLastValue(current, alert)) verdict.alerts.push(current);
      moved = announceLate(current, rule, at, circumstances);
    }
    if (moved !== null) {
      this.#enter(moved, rule, verdict);
      next.alertId = moved.alert.state === 'firing' ? moved.alert.id : null;
      if (moved.transition.to === 'firing' && moved.alert.announced) next.lastAnnouncedAt = moment.now;
    }

    this.#tracks.set(key, next);
    // Where nothing is violated and nothing was, there is nothing that a restart could lose.
    if (state.phase !== 'ok' || track.state.phase !== 'ok') verdict.tracks.push(persistent(next));
    verdict.statuses.push(statusOf(next));
  }

  /** Announces nothing until then; null ends a pause. What happens is judged and recorded all the same. */
  pause(until: number | null): void {
    this.#pausedUntil = until;
  }

  get pausedUntil(): number | null {
    return this.#pausedUntil;
  }

  /** Someone knows of a firing alert. Throws `not_found` for one that is not firing. */
  acknowledge(id: string, note: string | null, at: number): Verdict {
    return this.#marked(id, { acknowledgedAt: at, note });
  }

  /** A firing alert is not mentioned until then. Throws `not_found` for one that is not firing. */
  snooze(id: string, until: number): Verdict {
    return this.#marked(id, { snoozedUntil: until });
  }

  #marked(id: string, marks: Partial<Alert>): Verdict {
    const alert = this.#firing.get(id);
    if (alert === undefined)
      throw new PlimsollError('not_found', `No alert ${id} is firing; it may be over.`);
    const marked = { ...alert, ...marks };
    this.#firing.set(id, marked);
    return { ...emptyVerdict(), alerts: [marked] };
  }

  /** After a pause: recoveries that fell into it are announced, but for alerts that are back already. */
  #payOwedRecoveries(moment: Moment, verdict: Verdict): void {
    if (this.#owed.size === 0 || isPaused(this.#pausedUntil, moment.now)) return;
    const firing = new Set([...this.#firing.values()].map((alert) => trackKey(alert)));
    for (const alert of this.#owed.values()) {
      if (firing.has(trackKey(alert))) {
        verdict.alerts.push({ ...alert, recoveryOwed: false });
      } else {
        const moved = announceOwedRecovery(alert, moment.now);
        verdict.alerts.push(moved.alert);
        verdict.moves.push({ ...moved, rule: this.#rules.get(alert.ruleId) ?? ruleOf(alert) });
      }
    }
    this.#owed.clear();
  }

  #circumstances(track: Track, { now }: Moment): Circumstances {
    return { lastAnnouncedAt: track.lastAnnouncedAt, pausedUntil: this.#pausedUntil, now };
  }

  #alertOf(track: Track): Alert | undefined {
    return track.alertId === null ? undefined : this.#firing.get(track.alertId);
  }

  #enter(moved: Moved, rule: Rule, verdict: Verdict): void {
    if (moved.alert.state === 'firing') this.#firing.set(moved.alert.id, moved.alert);
    else this.#firing.delete(moved.alert.id);
    if (moved.alert.recoveryOwed) this.#owed.set(moved.alert.id, moved.alert);
    verdict.alerts.push(moved.alert);
    verdict.moves.push({ ...moved, rule });
  }
}

/** Why nobody judges this track any more; null when somebody does. What is not sampled would keep its alert for ever. */
function endOf(
  { series }: Track,
  rule: Rule | undefined,
  isDisabled: boolean,
  isSampled: boolean,
): TransitionReason | null {
  if (rule !== undefined && (rule.source !== series.source || rule.metric !== series.metric))
    return 'rule_changed';
  if (isDisabled) return 'rule_disabled';
  if (!isSampled) return 'source_removed';
  return rule === undefined ? 'rule_removed' : null;
}

function emptyVerdict(): Verdict {
  return { tracks: [], forgottenTracks: [], alerts: [], moves: [], statuses: [] };
}

/**
 * Milliseconds since the last sample of a series. Within one run both clocks are asked and the longer answer counts: the monotonic
 * one stands still while the machine sleeps, the wall clock goes back when it is set. Over a restart there is only the wall clock.
 */
function elapsedMs(track: Remembered, at: number, moment: Moment): number | null {
  const wall = track.state.lastAt === null ? null : Math.max(0, at - track.state.lastAt);
  if (track.seenMonotonic === undefined) return wall;
  return Math.max(wall ?? 0, moment.monotonic - track.seenMonotonic);
}

/** The row of violations that made a rule fire; its parts are never missing then. */
function known(state: RuleState, value: number, at: number): { since: number; worst: number } {
  return { since: state.since ?? at, worst: state.worst ?? value };
}

function seriesOfRule(source: string, metric: string): string {
  return JSON.stringify([source, metric]);
}

function statusOf(track: Track): RuleStatus {
  const { phase, violations, since, lastValue, lastAt } = track.state;
  const { host, labels } = track.series;
  return { ruleId: track.ruleId, host, labels, phase, violations, since, lastValue, lastAt };
}

function persistent({ ruleId, series, state, alertId, lastAnnouncedAt }: Remembered): Track {
  return { ruleId, series, state, alertId, lastAnnouncedAt };
}

/** What an alert repeats of its rule. */
function termsOf(rule: Rule) {
  const { name: ruleName, comparison, threshold, consecutiveViolations, severity } = rule;
  return {
    ruleName,
    comparison,
    threshold,
    tolerance: rule.tolerance ?? null,
    consecutiveViolations,
    severity,
  };
}

function isSameBesidesLastValue(a: Alert, b: Alert): boolean {
  return JSON.stringify({ ...a, lastValue: 0 }) === JSON.stringify({ ...b, lastValue: 0 });
}

/** A rule that was removed while nobody was running is told as its alert remembers it. */
function ruleOf(alert: Alert): Rule {
  return {
    id: alert.ruleId,
    name: alert.ruleName,
    enabled: false,
    source: alert.series.source,
    metric: alert.series.metric,
    comparison: alert.comparison,
    threshold: alert.threshold,
    ...(alert.tolerance === null ? {} : { tolerance: alert.tolerance }),
    consecutiveViolations: alert.consecutiveViolations,
    severity: alert.severity,
    cooldownSeconds: 0,
  };
}
