import type { Alert, Announcement, Transition, TransitionReason } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import { announceFiring, announceRecovery } from './announce.ts';

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
  lastAnnouncedAt: number | null;
  now: number;
}

/** A rule has been violated often enough on a series: the alert begins. */
export function fire({ id, rule, series, since, worst, value, at, lastAnnouncedAt, now }: Firing): Moved {
  const announcement = announceFiring(rule, lastAnnouncedAt, now);
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
 * An alert that began inside a cooldown and still fires when the cooldown is over is announced then: whoever was told that it
 * recovered would otherwise never learn that it is back. Null while there is nothing to say.
 */
export function announceLate(
  alert: Alert,
  rule: Rule,
  at: number,
  lastAnnouncedAt: number | null,
  now: number,
): Moved | null {
  if (alert.announced) return null;
  const announcement = announceFiring(rule, lastAnnouncedAt, now);
  if (announcement.decision === 'hold') return null;
  return {
    alert: { ...alert, announced: true },
    transition: {
      alertId: alert.id,
      at,
      from: 'firing',
      to: 'firing',
      reason: 'still_firing',
      value: alert.lastValue,
      announcement,
    },
  };
}

/** The alert is over. `value` is the sample that ended it, or null when no sample did. */
export function resolve(alert: Alert, reason: TransitionReason, at: number, value: number | null): Moved {
  const announcement: Announcement = announceRecovery(alert);
  return {
    alert: { ...alert, state: 'resolved', resolvedAt: at, lastValue: value ?? alert.lastValue },
    transition: { alertId: alert.id, at, from: 'firing', to: 'resolved', reason, value, announcement },
  };
}
