import type { Alert, Announcement, SilenceReason } from '../contract/alert.ts';
import type { Rule, Severity } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';

/** An alert that is to be announced, as far as silences ask about it. */
export interface AlertToBe {
  rule: Rule;
  series: Series;
  severity: Severity;
}

/** Something that holds announcements back for a while. */
export interface Silence {
  reason: SilenceReason;
  /** Epoch milliseconds; null where nobody knows when it ends. */
  until: number | null;
}

/** What holds the announcement of an alert back now; null while nothing does. */
export type SilenceFor = (alert: AlertToBe, now: number) => Silence | null;

/** What decides, besides the rule, whether anybody is told now. */
export interface Circumstances {
  /**
   * Milliseconds since this rule last announced on this host and these labels, as they passed and not as a clock that may
   * be set tells; Infinity where nobody knows, null when it never did.
   */
  announcedAgoMs: number | null;
  /** Holds everything about this alert back; null while nothing does. */
  silence: Silence | null;
  now: number;
}

/** Why people are told when a silence is over. */
export const silenceOver = {
  paused: 'pause_over',
  downtime: 'downtime_over',
  quiet_hours: 'quiet_hours_over',
} as const satisfies Record<SilenceReason, string>;

/** Whether people are told that an alert fires. */
export function announceFiring(rule: Rule, { announcedAgoMs, silence, now }: Circumstances): Announcement {
  if (silence !== null) return heldBy(silence);
  if (announcedAgoMs === null) return { decision: 'announce', reason: 'first' };
  if (isCooldownOver(rule, announcedAgoMs)) return { decision: 'announce', reason: 'cooldown_over' };
  return { decision: 'hold', reason: 'cooldown', until: now + rule.cooldownSeconds * 1000 - announcedAgoMs };
}

/** Whether what was announced so long ago holds back nothing now. */
export function isCooldownOver(
  { cooldownSeconds }: Pick<Rule, 'cooldownSeconds'>,
  announcedAgoMs: number | null,
): boolean {
  return announcedAgoMs === null || announcedAgoMs >= cooldownSeconds * 1000;
}

/**
 * Whether people are told that an alert became critical: a cooldown holds back what they know, and this they do not. Only
 * when they were told of it before does the cooldown count.
 */
export function announceCritical(alert: Alert, rule: Rule, circumstances: Circumstances): Announcement {
  const { silence, now } = circumstances;
  if (silence !== null) return heldBy(silence);
  if (alert.snoozedUntil !== null && now < alert.snoozedUntil)
    return { decision: 'hold', reason: 'snoozed', until: alert.snoozedUntil };
  if (alert.criticalAnnounced === true && alert.announced) {
    const announcement = announceFiring(rule, circumstances);
    if (announcement.decision === 'hold') return announcement;
  }
  return { decision: 'announce', reason: 'more_severe' };
}

/** A recovery is announced once for each firing that was announced, and otherwise to nobody. */
export function announceRecovery(alert: Alert, silence: Silence | null): Announcement {
  if (!alert.announced) return { decision: 'hold', reason: 'firing_not_announced' };
  if (silence !== null) return heldBy(silence);
  return { decision: 'announce', reason: 'recovery' };
}

function heldBy({ reason, until }: Silence): Announcement {
  return { decision: 'hold', reason, ...(until !== null && { until }) };
}
