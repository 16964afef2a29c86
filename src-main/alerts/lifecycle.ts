import type { Alert, AlertCause, Announcement, Transition, TransitionReason } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import {
  announceCritical,
  announceFiring,
  announceRecovery,
  isReminderDue,
  isSnoozed,
  silenceOver,
} from './announce.ts';
import type { Circumstances, Silence } from './announce.ts';

/** An alert after a move, and the move. */
export interface Moved {
  alert: Alert;
  transition: Transition;
}

export interface Firing {
  id: string;
  rule: Rule;
  series: Series;
  tags: readonly string[];
  reason: TransitionReason;
  cause: AlertCause;
  /** Whether the critical threshold is crossed. */
  critical: boolean;
  /** The threshold that was crossed; null if there is none. */
  threshold: number | null;
  /** When the row of violations began, or the last sample arrived. */
  since: number;
  worst: number | null;
  value: number | null;
  at: number;
}

/** The fields that an alert copies from its rule. */
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

/** Creates an alert: a rule has been violated often enough on a series, or its data is missing. */
export function fire(firing: Firing, circumstances: Circumstances): Moved {
  const { id, rule, series, tags, reason, cause, critical, threshold, since, worst, value, at } = firing;
  const announcement = announceFiring(rule, circumstances);
  const announced = announcement.decision === 'announce';
  const { silence } = circumstances;
  // People who were told that it flaps are told the state afterwards.
  const silencedBy = announced && circumstances.beginsToFlap === true ? 'flapping' : silence?.reason;
  const severity = critical ? 'critical' : rule.severity;
  return {
    alert: {
      id,
      ruleId: rule.id,
      series,
      ...(tags.length > 0 && { tags: [...tags] }),
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
      ...(silencedBy !== undefined && { silencedBy }),
      recoveryOwed: false,
      ...(silence?.downtime !== undefined && { inDowntime: silence.downtime }),
      ...(critical && announced && { criticalAnnounced: true }),
      acknowledgedAt: null,
      note: null,
      snoozedUntil: null,
    },
    transition: { alertId: id, at, from: 'pending', to: 'firing', reason, value, announcement },
  };
}

/** Continues an alert with another severity. A decrease is recorded, but not announced. */
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
 * Announces an alert that began during a cooldown or a silence and still fires when that is over: otherwise people who
 * heard of its recovery, or nothing at all, would never learn of it. The same applies after a snooze. Null if there is
 * nothing to announce.
 */
export function announceLate(
  alert: Alert,
  rule: Rule,
  at: number,
  circumstances: Circumstances,
): Moved | null {
  const { silence, now } = circumstances;
  // Earlier versions had only one silence.
  const isOver = silenceOver[alert.silencedBy ?? 'paused'];
  if (isSnoozed(alert, now)) return null;
  if (alert.snoozedUntil !== null) return silence === null ? stillFiring(alert, at, 'snooze_over') : null;
  if (alert.severityOwed === true && silence === null)
    return stillFiring(alert, at, alert.announced ? 'more_severe' : isOver);
  if (alert.silencedBy === 'flapping') return silence === null ? stillFiring(alert, at, isOver) : null;
  if (alert.announced) return null;
  const announcement = announceFiring(rule, circumstances);
  if (announcement.decision === 'hold') return null;
  // Nothing else holds back the very first announcement.
  return stillFiring(alert, at, announcement.reason === 'first' ? isOver : 'cooldown_over');
}

/** Reminds of an alert that still fires, only once however long overdue. Null if no reminder is due. */
export function remind(alert: Alert, rule: Rule, at: number, circumstances: Circumstances): Moved | null {
  return isReminderDue(alert, rule, circumstances) ? stillFiring(alert, at, 'reminder') : null;
}

/** If one silence follows another, the alert is announced when the last of them is over. */
export function heldOn(alert: Alert, silence: Silence | null): Alert {
  const { announced, silencedBy } = alert;
  const isHeld = !announced && silencedBy !== undefined && silence !== null && silence.reason !== silencedBy;
  return marked(isHeld ? { ...alert, silencedBy: silence.reason } : alert, silence);
}

/** The alert with its current downtime, or without one. */
function marked(alert: Alert, silence: Silence | null): Alert {
  const downtime = silence?.downtime;
  if (downtime?.id === alert.inDowntime?.id && downtime?.name === alert.inDowntime?.name) return alert;
  const { inDowntime: _, ...rest } = alert;
  return downtime === undefined ? rest : { ...rest, inDowntime: downtime };
}

/**
 * Handles an alert that fires at the end of a silence during which the previous alert on the same series ended. People
 * were told of that one but not of its end, so for them nothing has changed. Only a higher severity is announced.
 */
export function knownBefore(alert: Alert, before: Alert, at: number): Moved {
  const { silencedBy: _, severityOwed: __, ...rest } = alert;
  const isWorse = alert.severity === 'critical' && before.criticalAnnounced !== true;
  return {
    alert: {
      ...rest,
      announced: true,
      ...(before.criticalAnnounced === true && { criticalAnnounced: true }),
      ...(isWorse && { severityOwed: true }),
    },
    transition: {
      alertId: alert.id,
      at,
      from: 'firing',
      to: 'firing',
      reason: 'still_firing',
      value: alert.lastValue,
      announcement: { decision: 'hold', reason: 'told_before' },
    },
  };
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

/** Ends the alert. `value` is the sample that ended it, or null if none did. */
export function resolve(
  alert: Alert,
  reason: TransitionReason,
  at: number,
  value: number | null,
  silence: Silence | null,
): Moved {
  const announcement = announceRecovery(alert, silence);
  const { silencedBy: _, snoozedUntilResolved: __, ...rest } = alert;
  const recoveryOwed = silence !== null && (alert.announced || silence.reason === 'flapping');
  return {
    alert: {
      ...marked(rest, silence),
      state: 'resolved',
      resolvedAt: at,
      lastValue: value ?? alert.lastValue,
      recoveryOwed,
      ...(recoveryOwed && { silencedBy: silence.reason }),
      snoozedUntil: null,
    },
    transition: { alertId: alert.id, at, from: 'firing', to: 'resolved', reason, value, announcement },
  };
}

/** Announces, after a silence, a recovery that fell into it. */
export function announceOwedRecovery(alert: Alert, at: number): Moved {
  const reason = alert.silencedBy === 'flapping' ? 'flapping_over' : 'recovery';
  return {
    alert: withoutOwed(alert),
    transition: {
      alertId: alert.id,
      at,
      from: 'resolved',
      to: 'resolved',
      reason: 'still_resolved',
      value: null,
      announcement: { decision: 'announce', reason },
    },
  };
}

/** Marks that nobody waits for the announcement of the recovery any more. */
export function withoutOwed({ silencedBy: _, ...alert }: Alert): Alert {
  return { ...alert, recoveryOwed: false };
}
