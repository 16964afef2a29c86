import type { Alert, Announcement } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';

/**
 * Whether people are told that an alert fires. `lastAnnouncedAt` is when this rule last announced on this host and
 * these labels. A clock that was set back must not silence anyone, so a last announcement in the future does not count.
 */
export function announceFiring(rule: Rule, lastAnnouncedAt: number | null, now: number): Announcement {
  if (lastAnnouncedAt === null) return { decision: 'announce', reason: 'first' };
  const until = lastAnnouncedAt + rule.cooldownSeconds * 1000;
  if (now >= lastAnnouncedAt && now < until) return { decision: 'hold', reason: 'cooldown', until };
  return { decision: 'announce', reason: 'cooldown_over' };
}

/** A recovery is announced once for each firing that was announced, and otherwise to nobody. */
export function announceRecovery(alert: Alert): Announcement {
  return alert.announced
    ? { decision: 'announce', reason: 'recovery' }
    : { decision: 'hold', reason: 'firing_not_announced' };
}
