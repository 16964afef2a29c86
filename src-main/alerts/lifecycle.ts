import type { Alert, AlertCause, Announcement, Transition, TransitionReason } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import { announceCritical, announceFiring, announceRecovery, silenceOver } from './announce.ts';
import type { Circumstances, Silence } from './announce.ts';

/** An alert as it is after a move, and the move. */
export interface Moved {
  alert: Alert;
  transition: Transition;
}

export interface Firing {
  id: string;
  rule: Rule;
  series: Series;
  reason: TransitionReason;
  cause: AlertCause;
  /** Whether its critical threshold is crossed. */
  critical: boolean;
  /** The line that was crossed; null where there is none. */
  threshold: number | null;
  /** When the row of violations began, or the last sample came. */
  since: number;
  worst: number | null;
  value: number | null;
  at: number;
}

/** What an alert repeats of its rule. */
export function termsOf(rule: Rule) {
  const { name: ruleName, comparison, consecutiveViolations } = rule;
  const { upperThreshold, forSeconds, violationsOf, window, expression, forecast, baseline } = rule;
  return {
    ruleName,
    comparison,
    tolerance: rule.tolerance ?? null,
    consecutiveViolations,
    ...(upperThreshold !== undefined && { upperThreshold }),
    ...(forSeconds !== undefined && { forSeconds }),
    ...(violationsOf !== undefined && { violationsOf }),
    ...(window !== undefined && { window }),
    ...(expression !== undefined && { expression }),
    ...(forecast !== undefined && { forecast }),
    ...(baseline !== undefined && { baseline }),
  };
}

/** A rule has been violated often enough on a series, or its data does not come: the alert begins. */
export function fire(firing: Firing, circumstances: Circumstances): Moved {
  const { id, rule, series, reason, cause, critical, threshold, since, worst, value, at } = firing;
  const { silence } = circumstances;
  const announcement = announceFiring(rule, circumstances);
  const announced = announcement.decision === 'announce';
  const severity = critical ? 'critical' : rule.severity;
  return {
    alert: {
      id,
      ruleId: rule.id,
      series,
      ...(cause !== 'violation' && { cause }),
      ...termsOf(rule),
      threshold,
      severity,
      state: 'firing',
      since,
      firedAt: at,
      resolvedAt: null,
      firedValue: value,
      worstValue: worst,
      lastValue: value,
      announced,
      ...(!announced && silence !== null && { silencedBy: silence.reason }),
      recoveryOwed: false,
      ...(critical && announced && { criticalAnnounced: true }),
      acknowledgedAt: null,
      note: null,
      snoozedUntil: null,
    },
    transition: { alertId: id, at, from: 'pending', to: 'firing', reason, value, announcement },
  };
}

/** An alert that goes on with another severity. Nobody is told that it is less than before; the record says so. */
export function changeSeverity(
  alert: Alert,
  rule: Rule,
  { reason, value, at }: { reason: TransitionReason; value: number; at: number },
  circumstances: Circumstances,
): Moved {
  const critical = reason === 'became_critical';
  const announcement: Transition['announcement'] = critical
    ? announceCritical(alert, rule, circumstances)
    : { decision: 'hold', reason: 'less_severe' };
  const announced = announcement.decision === 'announce';
  const owed = critical && !announced && announcement.reason !== 'cooldown';
  const { silence } = circumstances;
  const { severityOwed: _, silencedBy: before, ...rest } = alert;
  const silencedBy = owed && silence !== null ? silence.reason : before;
  return {
    alert: {
      ...rest,
      severity: critical ? 'critical' : rule.severity,
      threshold: (critical ? rule.criticalThreshold : rule.threshold) ?? null,
      lastValue: value,
      ...(announced && { announced: true, criticalAnnounced: true }),
      ...(owed && { severityOwed: true }),
      ...(!announced && silencedBy !== undefined && { silencedBy }),
    },
    transition: { alertId: alert.id, at, from: 'firing', to: 'firing', reason, value, announcement },
  };
}

/**
 * An alert that began inside a cooldown or a silence and still fires when that is over is announced then: whoever was
 * told that it recovered, or nothing at all, would otherwise never learn of it. So is one whose snooze is over. Null while
 * there is nothing to say.
 */
export function announceLate(
  alert: Alert,
  rule: Rule,
  at: number,
  circumstances: Circumstances,
): Moved | null {
  const { silence, now } = circumstances;
  // An older Plimsoll knew of one silence only.
  const isOver = silenceOver[alert.silencedBy ?? 'paused'];
  if (alert.snoozedUntil !== null) {
    if (now < alert.snoozedUntil || silence !== null) return null;
    return stillFiring(alert, at, 'snooze_over');
  }
  if (alert.severityOwed === true && silence === null)
    return stillFiring(alert, at, alert.announced ? 'more_severe' : isOver);
  if (alert.announced) return null;
  const announcement = announceFiring(rule, circumstances);
  if (announcement.decision === 'hold') return null;
  // Nothing else holds the very first announcement back.
  return stillFiring(alert, at, announcement.reason === 'first' ? isOver : 'cooldown_over');
}

/** An alert that one silence holds back and then another is announced when the last of them is over. */
export function heldOn(alert: Alert, silence: Silence | null): Alert {
  const isHeld = alert.silencedBy !== undefined && silence !== null && silence.reason !== alert.silencedBy;
  return isHeld ? { ...alert, silencedBy: silence.reason } : alert;
}

function stillFiring(
  alert: Alert,
  at: number,
  reason: Extract<Announcement, { decision: 'announce' }>['reason'],
): Moved {
  const { severityOwed: _, silencedBy: __, ...rest } = alert;
  return {
    alert: {
      ...rest,
      announced: true,
      snoozedUntil: null,
      ...(alert.severity === 'critical' && { criticalAnnounced: true }),
    },
    transition: {
      alertId: alert.id,
      at,
      from: 'firing',
      to: 'firing',
      reason: 'still_firing',
      value: alert.lastValue,
      announcement: { decision: 'announce', reason },
    },
  };
}

/** The alert is over. `value` is the sample that ended it, or null when no sample did. */
export function resolve(
  alert: Alert,
  reason: TransitionReason,
  at: number,
  value: number | null,
  silence: Silence | null,
): Moved {
  const announcement = announceRecovery(alert, silence);
  const { silencedBy: _, ...rest } = alert;
  return {
    alert: {
      ...rest,
      state: 'resolved',
      resolvedAt: at,
      lastValue: value ?? alert.lastValue,
      recoveryOwed: alert.announced && silence !== null,
      snoozedUntil: null,
    },
    transition: { alertId: alert.id, at, from: 'firing', to: 'resolved', reason, value, announcement },
  };
}

/** Announces, after a silence, a recovery that fell into it. */
export function announceOwedRecovery(alert: Alert, at: number): Moved {
  return {
    alert: { ...alert, recoveryOwed: false },
    transition: {
      alertId: alert.id,
      at,
      from: 'resolved',
      to: 'resolved',
      reason: 'still_resolved',
      value: null,
      announcement: { decision: 'announce', reason: 'recovery' },
    },
  };
}
