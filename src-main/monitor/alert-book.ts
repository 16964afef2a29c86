import {
  announceLate,
  announceOwedRecovery,
  changeSeverity,
  fire,
  heldOn,
  resolve,
  termsOf,
} from '../alerts/lifecycle.ts';
import type { Moved } from '../alerts/lifecycle.ts';
import type { Circumstances, Silence, SilenceFor } from '../alerts/announce.ts';
import type { Alert, AlertCause, TransitionReason } from '../contract/alert.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Rule, Severity } from '../contract/rule.ts';
import { hourOfWeek } from '../rules/baseline.ts';
import { lineOf, worse } from '../rules/comparisons.ts';
import type { Move } from '../rules/evaluate.ts';
import type { PreparedRule } from '../rules/prepare.ts';
import { usualAt } from '../rules/watched.ts';
import type { SourceFailures } from './source-failures.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';
import { announcedAgoMs, known, persistent } from './tracks.ts';
import type { LiveTrack } from './tracks.ts';
import { emptyVerdict } from './verdict.ts';
import type { Moment, Verdict } from './verdict.ts';

interface AlertBookParts {
  /** What is remembered of the last run: alerts that are firing, and those whose recovery is owed. */
  open: Alert[];
  silenceFor: SilenceFor;
  failures: Pick<SourceFailures, 'since'>;
  newId(): string;
}

/**
 * The alerts that are not over for everybody: those that fire, with the marks that people made on them, and those whose
 * recovery is owed. Turns what a rule decides on a series into what becomes of its alert, and into who is told.
 */
export class AlertBook {
  readonly #parts: AlertBookParts;
  readonly #firing = new Map<string, Alert>();
  /** Alerts that are over, whose recovery fell into a silence. */
  readonly #owed = new Map<string, Alert>();

  constructor(parts: AlertBookParts) {
    this.#parts = parts;
    for (const alert of parts.open)
      (alert.state === 'firing' ? this.#firing : this.#owed).set(alert.id, alert);
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

  /** Enters a move, or that there is none, of a rule on a series, and what follows from it. */
  settle(
    track: LiveTrack,
    prepared: PreparedRule,
    move: Move | null,
    value: number | null,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const alert = this.#alertOf(track);
    const moved =
      move === null
        ? this.#goOn(track, prepared, alert, value, at, moment, verdict)
        : this.#move(track, prepared, move, alert, value, at, moment);
    if (moved !== null) {
      this.#enter(moved, prepared.rule, verdict);
      track.alertId = moved.alert.state === 'firing' ? moved.alert.id : null;
      const { to, announcement } = moved.transition;
      if (to === 'firing' && announcement.decision === 'announce') {
        track.lastAnnouncedAt = moment.now;
        track.announcedMonotonic = moment.monotonic;
      }
    }
    verdict.tracks.push(persistent(track));
  }

  /** Ends the alert of a series that nobody judges any more, if one fires. `rule` is undefined where it is gone. */
  end(
    track: Track,
    rule: Rule | undefined,
    reason: TransitionReason,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const alert = this.#alertOf(track);
    if (alert === undefined) return;
    const asked = rule ?? ruleOf(alert);
    const silence = this.#silenceFor(alert, asked, moment);
    this.#enter(resolve(alert, reason, moment.now, null, silence), asked, verdict);
  }

  #move(
    track: LiveTrack,
    prepared: PreparedRule,
    { to, reason }: Move,
    alert: Alert | undefined,
    value: number | null,
    at: number,
    moment: Moment,
  ): Moved | null {
    const { rule } = prepared;
    if (to === 'resolved') {
      if (alert === undefined) return null;
      return resolve(alert, reason, at, value, this.#silenceFor(alert, rule, moment));
    }
    const { state, series } = track;
    const severity = state.critical ? 'critical' : rule.severity;
    const circumstances = this.#circumstances(track, rule, severity, moment);
    if (alert !== undefined && value !== null && reason !== 'violated_enough') {
      const worstValue = known(state.worst) ?? value;
      return changeSeverity({ ...alert, worstValue }, rule, { reason, value, at }, circumstances);
    }
    const cause = causeOf(reason);
    return fire(
      {
        id: this.#parts.newId(),
        rule,
        series,
        reason,
        cause,
        critical: state.critical,
        threshold: cause === 'violation' ? lineCrossed(track, prepared, value, at) : null,
        since: this.#sinceOf(track, cause) ?? at,
        worst: cause === 'violation' ? (known(state.worst) ?? value) : null,
        value,
        at,
      },
      circumstances,
    );
  }

  /** When what an alert is about began, epoch milliseconds; null where that is not known. */
  #sinceOf({ state, series }: LiveTrack, cause: AlertCause): number | null {
    if (cause === 'source_error')
      return this.#parts.failures.since(series.host, series.source, series.metric)?.at ?? null;
    return known(cause === 'violation' ? state.since : state.lastAt);
  }

  /** It fires on: what the rule says now is what this alert is about. */
  #goOn(
    track: LiveTrack,
    prepared: PreparedRule,
    alert: Alert | undefined,
    value: number | null,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): Moved | null {
    const { rule } = prepared;
    if (alert === undefined) return null;
    const { critical, lastValue } = track.state;
    const isJudged = value !== null && !Number.isNaN(value) && lastValue === value;
    const asRuled: Alert = {
      ...alert,
      ...termsOf(rule),
      severity: critical ? 'critical' : rule.severity,
      // What was usual when it fired is what it was about.
      threshold:
        rule.baseline === undefined
          ? ((critical ? rule.criticalThreshold : rule.threshold) ?? null)
          : alert.threshold,
    };
    const judged: Alert = isJudged
      ? {
          ...asRuled,
          lastValue: value,
          worstValue:
            alert.worstValue === null
              ? value
              : worse(usualAt(prepared, track, at) ?? lineOf(asRuled), alert.worstValue, value),
        }
      : asRuled;
    const circumstances = this.#circumstances(track, rule, judged.severity, moment);
    const current = heldOn(judged, circumstances.silence);
    this.#firing.set(alert.id, current);
    if (!isSameBesidesLastValue(current, alert)) verdict.alerts.push(current);
    return announceLate(current, rule, at, circumstances);
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

  /** After a silence: recoveries that fell into it are announced, but for alerts that are back already. */
  payOwedRecoveries(rules: ReadonlyMap<string, PreparedRule>, moment: Moment, verdict: Verdict): void {
    if (this.#owed.size === 0) return;
    const firing = new Set([...this.#firing.values()].map((alert) => trackKey(alert)));
    for (const alert of [...this.#owed.values()]) {
      const rule = rules.get(alert.ruleId)?.rule ?? ruleOf(alert);
      if (this.#silenceFor(alert, rule, moment) !== null) continue;
      this.#owed.delete(alert.id);
      if (firing.has(trackKey(alert))) {
        verdict.alerts.push({ ...alert, recoveryOwed: false });
      } else {
        const moved = announceOwedRecovery(alert, moment.now);
        verdict.alerts.push(moved.alert);
        verdict.moves.push({ ...moved, rule });
      }
    }
  }

  #circumstances(
    track: LiveTrack,
    rule: Rule,
    severity: Severity,
    { now, monotonic }: Moment,
  ): Circumstances {
    const silence = this.#parts.silenceFor({ rule, series: track.series, severity }, now);
    return { announcedAgoMs: announcedAgoMs(track, monotonic), silence, now };
  }

  #silenceFor({ series, severity }: Alert, rule: Rule, { now }: Moment): Silence | null {
    return this.#parts.silenceFor({ rule, series, severity }, now);
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

function causeOf(reason: TransitionReason): AlertCause {
  return reason === 'no_data' || reason === 'source_error' ? reason : 'violation';
}

/** The line that a violation crossed. */
function lineCrossed(
  track: LiveTrack,
  { rule }: PreparedRule,
  value: number | null,
  at: number,
): number | null {
  if (rule.baseline === undefined)
    return (track.state.critical ? rule.criticalThreshold : rule.threshold) ?? null;
  const usual = track.learned.usual?.[hourOfWeek(at)];
  if (usual === undefined) return null;
  return known(
    usual.comparison === 'outside' && value !== null && value > usual.upper ? usual.upper : usual.threshold,
  );
}

function isSameBesidesLastValue(a: Alert, b: Alert): boolean {
  return JSON.stringify({ ...a, lastValue: 0 }) === JSON.stringify({ ...b, lastValue: 0 });
}

/** A rule that was removed while nobody was running is told as its alert remembers it. */
function ruleOf(alert: Alert): Rule {
  const { comparison, upperThreshold, forSeconds, violationsOf } = alert;
  const { window, expression, forecast, baseline } = alert;
  return {
    id: alert.ruleId,
    name: alert.ruleName,
    enabled: false,
    source: alert.series.source,
    metric: alert.series.metric,
    comparison,
    ...(alert.threshold === null ? {} : { threshold: alert.threshold }),
    ...(alert.tolerance === null ? {} : { tolerance: alert.tolerance }),
    ...{ upperThreshold, forSeconds, violationsOf, window, expression, forecast, baseline },
    consecutiveViolations: alert.consecutiveViolations,
    severity: alert.severity,
    cooldownSeconds: 0,
  };
}
