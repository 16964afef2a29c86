import type { Alert, Announcement } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';

/** What decides, besides the rule, whether anybody is told now. */
export interface Circumstances {
  /** When this rule last announced on this host and these labels; null when it never did. */
  lastAnnouncedAt: number | null;
  /** Until when nothing is announced; null or past while there is no pause. */
  pausedUntil: number | null;
  now: number;
}

/**
 * Whether people are told that an alert fires. A clock that was set back must not silence anyone, so a last
 * announcement in the future does not count.
 */
export function announceFiring(
  rule: Rule,
  { lastAnnouncedAt, pausedUntil, now }: Circumstances,
): Announcement {
  if (isPaused(pausedUntil, now)) return { decision: 'hold', reason: 'paused', until: pausedUntil };
  if (lastAnnouncedAt === null) return { decision: 'announce', reason: 'first' };
  if (isCooldownOver(rule, lastAnnouncedAt, now)) return { decision: 'announce', reason: 'cooldown_over' };
  return { decision: 'hold', reason: 'cooldown', until: lastAnnouncedAt + rule.cooldownSeconds * 1000 };
}

/** Whether an announcement of then holds back none of now. */
export function isCooldownOver(
  { cooldownSeconds }: Pick<Rule, 'cooldownSeconds'>,
  lastAnnouncedAt: number | null,
  now: number,
): boolean {
  if (lastAnnouncedAt === null || now < lastAnnouncedAt) return true;
  return now >= lastAnnouncedAt + cooldownSeconds * 1000;
}

/**
 * Whether people are told that an alert became critical: a cooldown holds back what they know, and this they do not. Only
 * when they were told of it before does the cooldown count.
 */
export function announceCritical(alert: Alert, rule: Rule, circumstances: Circumstances): Announcement {
  const { pausedUntil, now } = circumstances;
  if (isPaused(pausedUntil, now)) return { decision: 'hold', reason: 'paused', until: pausedUntil };
  if (alert.snoozedUntil !== null && now < alert.snoozedUntil)
    return { decision: 'hold', reason: 'snoozed', until: alert.snoozedUntil };
  if (alert.criticalAnnounced === true && alert.announced) {
    const announcement = announceFiring(rule, circumstances);
    if (announcement.decision === 'hold') return announcement;
  }
  return { decision: 'announce', reason: 'more_severe' };
}

/** A recovery is announced once for each firing that was announced, and otherwise to nobody. */
export function announceRecovery(alert: Alert, pausedUntil: number | null, now: number): Announcement {
  if (!alert.announced) return { decision: 'hold', reason: 'firing_not_announced' };
  if (isPaused(pausedUntil, now)) return { decision: 'hold', reason: 'paused', until: pausedUntil };
  return { decision: 'announce', reason: 'recovery' };
}

export function isPaused(pausedUntil: number | null, now: number): pausedUntil is number {
  return pausedUntil !== null && now < pausedUntil;
}
