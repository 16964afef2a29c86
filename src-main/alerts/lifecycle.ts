import type { Alert, Transition, TransitionReason } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import { announceFiring, announceRecovery, isPaused } from './announce.ts';
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
  /** When the row of violations began. */
  since: number;
  worst: number;
  value: number;
  at: number;
}

/** A rule has been violated often enough on a series: the alert begins. */
export function fire(
  { id, rule, series, since, worst, value, at }: Firing,
  circumstances: Circumstances,
): Moved {
  const announcement = announceFiring(rule, circumstances);
  return {
    alert: {
      id,
      ruleId: rule.id,
      ruleName: rule.name,
      series,
      comparison: rule.comparison,
      threshold: rule.threshold,
      tolerance: rule.tolerance ?? null,
      consecutiveViolations: rule.consecutiveViolations,
      severity: rule.severity,
      state: 'firing',
      since,
      firedAt: at,
      resolvedAt: null,
      firedValue: value,
      worstValue: worst,
      lastValue: value,
      announced: announcement.decision === 'announce',
      recoveryOwed: false,
      acknowledgedAt: null,
      note: null,
      snoozedUntil: null,
    },
    transition: {
      alertId: id,
      at,
      from: 'pending',
      to: 'firing',
      reason: 'violated_enough',
      value,
      announcement,
    },
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
  if (alert.announced) return null;
  const announcement = announceFiring(rule, circumstances);
  if (announcement.decision === 'hold') return null;
  // Nothing else holds the very first announcement back.
  return stillFiring(alert, at, announcement.reason === 'first' ? 'pause_over' : 'cooldown_over');
}

function stillFiring(
  alert: Alert,
  at: number,
  reason: 'cooldown_over' | 'pause_over' | 'snooze_over',
): Moved {
  return {
    alert: { ...alert, announced: true, snoozedUntil: null },
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
