import { isSnoozed } from '../../alerts/announce.ts';
import type { Circumstances, Silence, SilenceFor } from '../../alerts/announce.ts';
import { ended, fired, isStable, isTooOften, stableMs } from '../../alerts/flapping.ts';
import type { Flaps } from '../../alerts/flapping.ts';
import {
  announceLate,
  announceOwedRecovery,
  changeSeverity,
  fire,
  heldOn,
  knownBefore,
  remind,
  resolve,
  termsOf,
  withoutOwed,
} from '../../alerts/lifecycle.ts';
import type { Firing, Moved } from '../../alerts/lifecycle.ts';
import type { Alert, AlertCause, TransitionReason } from '../../contract/alert.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Rule, Severity } from '../../contract/rule.ts';
import type { Series } from '../../contract/sample.ts';
import { hourOfWeek } from '../../rules/baseline.ts';
import { lineOf, worse } from '../../rules/comparisons.ts';
import type { Move } from '../../rules/evaluate.ts';
import type { PreparedRule } from '../../rules/prepare.ts';
import type { RuleState } from '../../rules/state.ts';
import { usualAt } from '../../rules/watched.ts';
import type { Parents } from './parents.ts';
import type { SourceFailures } from './source-failures.ts';
import type { TagsOf } from './tags.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';
import { announcedAgoMs, known, persistent } from './tracks.ts';
import type { LiveTrack, Tracks } from './tracks.ts';
import { emptyVerdict } from './verdict.ts';
import type { SteadyMoment, Verdict } from './verdict.ts';

interface AlertBookParts {
  /** The state of the last run: firing alerts, and those whose recovery is still to be announced. */
  open: Alert[];
  silenceFor: SilenceFor;
  tracks: Tracks;
  parents: Parents;
  failures: Pick<SourceFailures, 'since'>;
  tagsOf: TagsOf;
  newId(): string;
  /**
   * Since when the condition that a late sample reports has held, epoch milliseconds; null if the sample is not late.
   */
  began(series: Series): number | null;
}

/** What was judged; `value` is null where nothing was sampled. Read at once, and not kept. */
interface Judged {
  readonly value: number | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The alerts that are not finished: firing ones, with the marks that users made on them, and those whose recovery is
 * still to be announced. Turns a rule's decision on a series into changes of its alert, and into announcements.
 */
export class AlertBook {
  readonly #parts: AlertBookParts;
  readonly #firing = new Map<string, Alert>();
  /** Ended alerts whose recovery fell into a silence. */
  readonly #owed = new Map<string, Alert>();

  constructor(parts: AlertBookParts) {
    this.#parts = parts;
    this.adopt(parts.open);
  }

  /** Takes over firing alerts, and those whose recovery is still to be announced. */
  adopt(open: readonly Alert[]): void {
    for (const alert of open) (alert.state === 'firing' ? this.#firing : this.#owed).set(alert.id, alert);
  }

  /** Forgets the alerts of these hosts: another hub continues them. */
  leave(isLeft: (host: string) => boolean): void {
    for (const alerts of [this.#firing, this.#owed])
      for (const [id, { series }] of alerts) if (isLeft(series.host)) alerts.delete(id);
  }

  /** Firing alerts: critical before warning, then the longest first. */
  firing(): Alert[] {
    const rank = (alert: Alert) => (alert.severity === 'critical' ? 0 : 1);
    return [...this.#firing.values()].sort((a, b) => rank(a) - rank(b) || a.firedAt - b.firedAt);
  }

  /** The current alert; undefined if it is not firing. */
  firingAlert(id: string): Alert | undefined {
    return this.#firing.get(id);
  }

  /** Records a rule's decision on a series (a move or none), and its consequences. */
  settle(
    track: LiveTrack,
    prepared: PreparedRule,
    move: Move | null,
    seen: Judged,
    moment: SteadyMoment,
    verdict: Verdict,
  ): void {
    const { value, at } = seen;
    const alert = this.#alertOf(track);
    this.#calm(track, moment);
    const moved =
      move === null
        ? this.#goOn(track, prepared, alert, seen, moment, verdict)
        : this.#move(track, prepared, move, alert, seen, moment);
    const going = moved?.alert ?? this.#alertOf(track);
    // Also if it changes the severity.
    if (alert !== undefined && going?.id === alert.id && value !== null && isViolatedAt(track.state, at))
      verdict.furtherViolations.push({ alert: going, rule: prepared.rule, value, at });
    if (moved !== null) this.#conclude(track, moved, prepared.rule, moment, verdict);
    verdict.tracks.push(persistent(track));
  }

  /** Announces what was held back and is now due, and reminders. To be called as time passes. */
  passTime(track: LiveTrack, { rule }: PreparedRule, moment: SteadyMoment, verdict: Verdict): void {
    const isCalmNow = this.#calm(track, moment);
    const alert = this.#alertOf(track);
    const moved = alert === undefined ? null : this.#tell(track, alert, rule, moment.now, moment);
    if (moved !== null) this.#conclude(track, moved, rule, moment, verdict);
    if (moved !== null || isCalmNow) verdict.tracks.push(persistent(track));
  }

  /** Ends the firing alert, if any, of a series that is no longer evaluated. `rule` is undefined if it was removed. */
  end(
    track: LiveTrack,
    rule: Rule | undefined,
    reason: TransitionReason,
    moment: SteadyMoment,
    verdict: Verdict,
  ): void {
    const alert = this.#alertOf(track);
    if (alert === undefined) return;
    const asked = rule ?? ruleOf(alert);
    // A series that is no longer evaluated does not flap.
    delete track.flaps;
    const silence = this.#silenceFor(track, asked, alert.severity, moment);
    const moved = resolve(alert, reason, moment.now, null, silence);
    this.#conclude(track, moved, asked, moment, verdict);
  }

  #move(
    track: LiveTrack,
    prepared: PreparedRule,
    { to, reason }: Move,
    alert: Alert | undefined,
    { value, at }: Judged,
    moment: SteadyMoment,
  ): Moved | null {
    const { rule } = prepared;
    if (to === 'resolved') {
      if (alert === undefined) return null;
      const silence = this.#silenceFor(track, rule, alert.severity, moment);
      track.flaps = ended(track.flaps ?? null, moment.steady);
      return resolve(alert, reason, at, value, silence);
    }
    const { state, series } = track;
    const severity = state.critical ? 'critical' : rule.severity;
    if (alert !== undefined && value !== null && reason !== 'violated_enough') {
      const worstValue = known(state.worst) ?? value;
      const circumstances = this.#circumstances(track, rule, severity, moment);
      return changeSeverity({ ...alert, worstValue }, rule, { reason, value, at }, circumstances);
    }
    const cause = causeOf(reason);
    return this.#fire(
      track,
      rule,
      {
        id: this.#parts.newId(),
        rule,
        series,
        tags: this.#parts.tagsOf(rule, series),
        reason,
        cause,
        critical: state.critical,
        threshold: cause === 'violation' ? lineCrossed(track, prepared, value, at) : null,
        since: this.#sinceOf(track, cause) ?? at,
        worst: cause === 'violation' ? (known(state.worst) ?? value) : null,
        value,
        at,
      },
      severity,
      moment,
    );
  }

  /** Starts an alert, which may begin to flap. Its consequences that fire already are counted. */
  #fire(track: LiveTrack, rule: Rule, firing: Firing, severity: Severity, moment: SteadyMoment): Moved {
    track.firedMonotonic = moment.monotonic;
    track.flaps = fired(track.flaps ?? null, moment.steady);
    const circumstances = this.#circumstances(track, rule, severity, moment);
    const { isFlapping } = track.flaps;
    const beginsToFlap =
      !isFlapping &&
      rule.announceEveryChange !== true &&
      circumstances.silence === null &&
      isTooOften(track.flaps);
    track.flaps.isFlapping = isFlapping || beginsToFlap;
    const { alert, transition } = fire(firing, { ...circumstances, beginsToFlap });
    const affected = this.#parts.parents.affected(rule.id, track.series.host, this.#firing.values());
    return { alert: affected === 0 ? alert : { ...alert, affected }, transition };
  }

  /** A series that has been stable for long enough no longer flaps. Returns whether that is new. */
  #calm(track: LiveTrack, { steady }: SteadyMoment): boolean {
    if (track.flaps?.isFlapping !== true || !isStable(track.flaps, steady)) return false;
    delete track.flaps;
    return true;
  }

  /** When the condition of an alert began, epoch milliseconds; null if unknown. */
  #sinceOf({ state, series }: LiveTrack, cause: AlertCause): number | null {
    if (cause === 'source_error')
      return this.#parts.failures.since(series.host, series.source, series.metric)?.at ?? null;
    return cause === 'violation' ? (this.#parts.began(series) ?? known(state.since)) : known(state.lastAt);
  }

  /** Continues a firing alert with the current terms of its rule. */
  #goOn(
    track: LiveTrack,
    prepared: PreparedRule,
    alert: Alert | undefined,
    { value, at }: Judged,
    moment: SteadyMoment,
    verdict: Verdict,
  ): Moved | null {
    const { rule } = prepared;
    if (alert === undefined) return null;
    const { critical, lastValue } = track.state;
    const isJudged = value !== null && !Number.isNaN(value) && lastValue === value;
    const asRuled: Alert = {
      ...tagged(alert, this.#parts.tagsOf(rule, alert.series)),
      ...termsOf(rule),
      severity: critical ? 'critical' : rule.severity,
      // The usual range when it fired is what the alert is about.
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
    const { silence } = this.#circumstances(track, rule, judged.severity, moment);
    const current = heldOn(judged, silence);
    this.#firing.set(alert.id, current);
    if (!isSameBesidesLastValue(current, alert)) verdict.alerts.push(current);
    return this.#tell(track, current, rule, at, moment);
  }

  /** The announcement that is due for a continuing alert; null if there is none. */
  #tell(track: LiveTrack, alert: Alert, rule: Rule, at: number, moment: SteadyMoment): Moved | null {
    const circumstances = this.#circumstances(track, rule, alert.severity, moment);
    const late = announceLate(alert, rule, at, circumstances);
    // An alert that is recovering is about to end.
    if (late !== null || track.state.phase === 'recovering') return late;
    return remind(alert, rule, at, circumstances);
  }

  /** Acknowledges a firing alert. Throws `not_found` if it is not firing. */
  acknowledge(id: string, by: string | null, note: string | null, at: number): Verdict {
    return this.#marked(id, { acknowledgedAt: at, note, ...(by !== null && { acknowledgedBy: by }) });
  }

  /** Takes back an acknowledgement. Throws `not_found` if the alert is not firing. */
  unacknowledge(id: string): Verdict {
    return this.#marked(id, { acknowledgedAt: null, note: null });
  }

  /** Snoozes a firing alert until that time, or until it is over if null. Throws `not_found` if it is not firing. */
  snooze(id: string, by: string | null, until: number | null, at: number): Verdict {
    return this.#marked(id, snoozeMarks(by, until, at));
  }

  /**
   * A firing alert may be mentioned again; one that is not snoozed stays as it is. Throws `not_found` for one that is not
   * firing.
   */
  unsnooze(id: string, by: string | null, at: number): Verdict {
    return isSnoozed(this.#known(id), at) ? this.#marked(id, unsnoozeMarks(by, at)) : emptyVerdict();
  }

  #marked(id: string, marks: Partial<Alert>): Verdict {
    const marked = markedWith(this.#known(id), marks);
    this.#firing.set(id, marked);
    return { ...emptyVerdict(), alerts: [marked] };
  }

  #known(id: string): Alert {
    const alert = this.#firing.get(id);
    if (alert === undefined)
      throw new PlimsollError('not_found', `No alert ${id} is firing; it may be over.`);
    return alert;
  }

  /** After a silence: announces recoveries that fell into it, except for alerts that fire again. */
  payOwedRecoveries(rules: ReadonlyMap<string, PreparedRule>, moment: SteadyMoment, verdict: Verdict): void {
    if (this.#owed.size === 0) return;
    const firing = new Map([...this.#firing.values()].map((alert) => [trackKey(alert), alert]));
    for (const alert of [...this.#owed.values()]) {
      const rule = rules.get(alert.ruleId)?.rule ?? ruleOf(alert);
      const track = this.#parts.tracks.get(alert.ruleId, alert.series.host, alert.series.labels);
      const asked = { series: alert.series, flaps: track?.flaps };
      if (this.#silenceFor(asked, rule, alert.severity, moment) !== null) continue;
      this.#owed.delete(alert.id);
      const again = firing.get(trackKey(alert));
      if (again !== undefined) {
        verdict.alerts.push(withoutOwed(alert));
        // A flapping alert is announced separately, once it is stable.
        if (!again.announced && again.silencedBy !== 'flapping')
          this.#enter(knownBefore(again, alert, moment.now), rule, verdict);
      } else {
        const moved = announceOwedRecovery(alert, moment.now);
        verdict.alerts.push(moved.alert);
        verdict.moves.push({ ...moved, rule });
      }
    }
  }

  #circumstances(track: LiveTrack, rule: Rule, severity: Severity, moment: SteadyMoment): Circumstances {
    const silence =
      this.#silenceFor(track, rule, severity, moment) ?? this.#parts.parents.silenceFor(track, rule, moment);
    return { announcedAgoMs: announcedAgoMs(track, moment.steady), silence, now: moment.now };
  }

  /** The silence for everything about a rule on a series, including its recovery. */
  #silenceFor(
    { series, flaps }: { series: Series; flaps?: Flaps | undefined },
    rule: Rule,
    severity: Severity,
    { now, steady }: SteadyMoment,
  ): Silence | null {
    if (flaps?.isFlapping === true && rule.announceEveryChange !== true && !isStable(flaps, steady))
      return { reason: 'flapping', until: now + flaps.changedAt + stableMs - steady };
    return this.#parts.silenceFor({ rule, series, severity }, now);
  }

  #alertOf(track: Track): Alert | undefined {
    return track.alertId === null ? undefined : this.#firing.get(track.alertId);
  }

  /** Records a change of a series' alert, and its effect on others. */
  #conclude(
    track: LiveTrack,
    moved: Moved,
    rule: Rule,
    { steady, monotonic }: SteadyMoment,
    verdict: Verdict,
  ): void {
    const { alert, transition } = moved;
    if (alert.recoveryOwed && alert.silencedBy === 'flapping') this.#forgetOwed(track, verdict);
    this.#enter(moved, rule, verdict);
    track.alertId = alert.state === 'firing' ? alert.id : null;
    if (alert.state === 'resolved') track.endedMonotonic = monotonic;
    else if (transition.announcement.decision === 'announce') track.lastAnnouncedAt = steady;
    if (transition.from === 'pending')
      for (const parentId of rule.parents ?? []) this.#countAffected(parentId, alert.series.host, verdict);
  }

  /** Of a flapping alert only the last end is announced. */
  #forgetOwed(track: LiveTrack, verdict: Verdict): void {
    for (const owed of this.#owed.values()) {
      if (trackKey(owed) !== trackKey(track)) continue;
      this.#owed.delete(owed.id);
      verdict.alerts.push(withoutOwed(owed));
    }
  }

  #countAffected(parentId: string, host: string, verdict: Verdict): void {
    const affected = this.#parts.parents.affected(parentId, host, this.#firing.values());
    for (const parent of this.#parts.tracks.of(parentId, host)) {
      const alert = this.#alertOf(parent);
      if (alert === undefined || affected <= (alert.affected ?? 0)) continue;
      const counted = { ...alert, affected };
      this.#firing.set(alert.id, counted);
      verdict.alerts.push(counted);
    }
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

/** The alert with the current tags of its rule and its source. */
function tagged(alert: Alert, tags: readonly string[]): Alert {
  const { tags: before = [], ...untagged } = alert;
  if (tags.length === before.length && tags.every((tag) => before.includes(tag))) return alert;
  return tags.length === 0 ? untagged : { ...untagged, tags: [...tags] };
}

/** The threshold that a violation crossed. */
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

/** Whether the sample of that time was evaluated and kept its alert firing. */
function isViolatedAt({ phase, recent, lastAt }: RuleState, at: number): boolean {
  return lastAt === at && phase === 'firing' && (recent === null || (recent.at(-1) ?? 0) > 0);
}

function isSameBesidesLastValue(a: Alert, b: Alert): boolean {
  return JSON.stringify({ ...a, lastValue: 0 }) === JSON.stringify({ ...b, lastValue: 0 });
}

/** A rule that was removed while no process was running, reconstructed from its alert. */
export function ruleOf(alert: Alert): Rule {
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

/** The fields of an alert that a snooze sets. */
export function snoozeMarks(by: string | null, until: number | null, at: number): Partial<Alert> {
  return {
    snoozedUntil: until,
    ...(until === null && { snoozedUntilResolved: true }),
    snoozedAt: at,
    ...(by !== null && { snoozedBy: by }),
  };
}

/** What the end of a snooze says of an alert, where somebody took it back. */
export function unsnoozeMarks(by: string | null, at: number): Partial<Alert> {
  return { snoozedUntil: null, unsnoozedAt: at, ...(by !== null && { unsnoozedBy: by }) };
}

/** An alert with a user's decision. */
export function markedWith(alert: Alert, marks: Partial<Alert>): Alert {
  const { acknowledgedBy, snoozedUntilResolved, snoozedBy, unsnoozedAt, unsnoozedBy, ...rest } = alert;
  // A new mark replaces an earlier one; a snooze until a time replaces "until it is over".
  return {
    ...rest,
    ...(marks.acknowledgedAt === undefined && acknowledgedBy !== undefined && { acknowledgedBy }),
    ...(marks.snoozedUntil === undefined && snoozedUntilResolved !== undefined && { snoozedUntilResolved }),
    ...(marks.snoozedAt === undefined && snoozedBy !== undefined && { snoozedBy }),
    ...(marks.snoozedUntil === undefined && unsnoozedAt !== undefined && { unsnoozedAt }),
    ...(marks.snoozedUntil === undefined && unsnoozedBy !== undefined && { unsnoozedBy }),
    ...marks,
  };
}
