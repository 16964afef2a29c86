import type { Alert, AlertDowntime, Announcement, SilenceReason } from '../contract/alert.ts';
import type { Rule, Severity } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';

/** An alert that may be announced, with what silences need to know of it. */
export interface AlertToBe {
  rule: Rule;
  series: Series;
  severity: Severity;
}

/** Something that holds announcements back for a while. */
export interface Silence {
  reason: SilenceReason;
  /** Epoch milliseconds; null if the end is unknown. */
  until: number | null;
  /** The downtime that it belongs to, if any. */
  downtime?: AlertDowntime;
}

/** Returns what holds the announcement of an alert back now, or null. */
export type SilenceFor = (alert: AlertToBe, now: number) => Silence | null;

/** What decides, besides the rule, whether to announce now. */
export interface Circumstances {
  /**
   * Elapsed milliseconds (independent of clock changes) since this rule last announced for this host and these labels;
   * Infinity if unknown, null if it never did.
   */
  announcedAgoMs: number | null;
  /** What holds everything about this alert back, or null. */
  silence: Silence | null;
  /** This firing makes it flapping. */
  beginsToFlap?: boolean;
  now: number;
}

/** Why an announcement follows when a silence is over. */
export const silenceOver = {
  paused: 'pause_over',
  downtime: 'downtime_over',
  quiet_hours: 'quiet_hours_over',
  parent: 'parent_over',
  flapping: 'flapping_over',
} as const satisfies Record<SilenceReason, string>;

/** Whether to announce that an alert fires. */
export function announceFiring(rule: Rule, circumstances: Circumstances): Announcement {
  const { announcedAgoMs, silence, beginsToFlap = false, now } = circumstances;
  if (silence !== null) return heldBy(silence);
  if (beginsToFlap) return { decision: 'announce', reason: 'flapping' };
  if (announcedAgoMs === null) return { decision: 'announce', reason: 'first' };
  if (isCooldownOver(rule, announcedAgoMs)) return { decision: 'announce', reason: 'cooldown_over' };
  return { decision: 'hold', reason: 'cooldown', until: now + rule.cooldownSeconds * 1000 - announcedAgoMs };
}

/** Whether the last announcement is so long ago that the cooldown is over. */
export function isCooldownOver(
  { cooldownSeconds }: Pick<Rule, 'cooldownSeconds'>,
  announcedAgoMs: number | null,
): boolean {
  return announcedAgoMs === null || announcedAgoMs >= cooldownSeconds * 1000;
}

/**
 * Whether to announce that an alert became critical. A cooldown holds back what people already know, and this is new to
 * them: it counts only if they were told of a critical state before.
 */
export function announceCritical(alert: Alert, rule: Rule, circumstances: Circumstances): Announcement {
  const { silence, now } = circumstances;
  if (silence !== null) return heldBy(silence);
  if (isSnoozed(alert, now))
    return {
      decision: 'hold',
      reason: 'snoozed',
      ...(alert.snoozedUntil !== null && { until: alert.snoozedUntil }),
    };
  if (alert.criticalAnnounced === true && alert.announced) {
    const announcement = announceFiring(rule, circumstances);
    if (announcement.decision === 'hold') return announcement;
  }
  return { decision: 'announce', reason: 'more_severe' };
}

/** Whether a firing alert is snoozed now. */
export function isSnoozed(alert: Alert, now: number): boolean {
  return alert.snoozedUntilResolved === true || (alert.snoozedUntil !== null && now < alert.snoozedUntil);
}

/**
 * Whether to remind people of an alert that they know of and that still fires. There are no reminders of an
 * acknowledged alert.
 */
export function isReminderDue(
  alert: Alert,
  { remindEverySeconds }: Rule,
  { announcedAgoMs, silence, now }: Circumstances,
): boolean {
  if (remindEverySeconds === undefined || announcedAgoMs === null || !alert.announced) return false;
  if (silence !== null || alert.acknowledgedAt !== null || isSnoozed(alert, now)) return false;
  return announcedAgoMs >= remindEverySeconds * 1000;
}

/** A recovery is announced once for each firing that was announced, and otherwise not at all. */
export function announceRecovery(alert: Alert, silence: Silence | null): Announcement {
  if (silence?.reason === 'flapping') return heldBy(silence);
  if (!alert.announced) return { decision: 'hold', reason: 'firing_not_announced' };
  if (silence !== null) return heldBy(silence);
  return { decision: 'announce', reason: 'recovery' };
}

function heldBy({ reason, until }: Silence): Announcement {
  return { decision: 'hold', reason, ...(until !== null && { until }) };
}
