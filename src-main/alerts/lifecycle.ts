import type { Alert, AlertCause, Transition, TransitionReason } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import { announceCritical, announceFiring, announceRecovery, isPaused } from './announce.ts';
import type { Circumstances } from './announce.ts';

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
  const { severityOwed: _, ...rest } = alert;
  return {
    alert: {
      ...rest,
      severity: critical ? 'critical' : rule.severity,
      threshold: (critical ? rule.criticalThreshold : rule.threshold) ?? null,
      lastValue: value,
      ...(announced && { announced: true, criticalAnnounced: true }),
      ...(owed && { severityOwed: true }),
    },
    transition: { alertId: alert.id, at, from: 'firing', to: 'firing', reason, value, announcement },
  };
}

/**
 * An alert that began inside a cooldown or a pause and still fires when that is over is announced then: whoever was
 * told that it recovered, or nothing at all, would otherwise never learn of it. So is one whose snooze is over. Null while
 * there is nothing to say.
 */
export function announceLate(
  alert: Alert,
  rule: Rule,
  at: number,
  circumstances: Circumstances,
): Moved | null {
  const { pausedUntil, now } = circumstances;
  if (alert.snoozedUntil !== null) {
    if (now < alert.snoozedUntil || isPaused(pausedUntil, now)) return null;
    return stillFiring(alert, at, 'snooze_over');
  }
  if (alert.severityOwed === true && !isPaused(pausedUntil, now))
    return stillFiring(alert, at, alert.announced ? 'more_severe' : 'pause_over');
  if (alert.announced) return null;
  const announcement = announceFiring(rule, circumstances);
  if (announcement.decision === 'hold') return null;
  // Nothing else holds the very first announcement back.
  return stillFiring(alert, at, announcement.reason === 'first' ? 'pause_over' : 'cooldown_over');
}

function stillFiring(
  alert: Alert,
  at: number,
  reason: 'cooldown_over' | 'pause_over' | 'snooze_over' | 'more_severe',
): Moved {
  const { severityOwed: _, ...rest } = alert;
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
  { pausedUntil, now }: Omit<Circumstances, 'lastAnnouncedAt'>,
): Moved {
  const announcement = announceRecovery(alert, pausedUntil, now);
  return {
    alert: {
      ...alert,
      state: 'resolved',
      resolvedAt: at,
      lastValue: value ?? alert.lastValue,
      recoveryOwed: announcement.decision === 'hold' && announcement.reason === 'paused',
      snoozedUntil: null,
    },
    transition: { alertId: alert.id, at, from: 'firing', to: 'resolved', reason, value, announcement },
  };
}

/** Announces, after a pause, a recovery that fell into it. */
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
