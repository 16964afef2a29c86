import type { Alert, AlertDowntime, Announcement, SilenceReason } from '../contract/alert.ts';
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
  /** The downtime that it is part of; left out where there is none. */
  downtime?: AlertDowntime;
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
  /** It has just fired for the time that makes it flapping. */
  beginsToFlap?: boolean;
  now: number;
}

/** Why people are told when a silence is over. */
export const silenceOver = {
  paused: 'pause_over',
  downtime: 'downtime_over',
  quiet_hours: 'quiet_hours_over',
  parent: 'parent_over',
  flapping: 'flapping_over',
} as const satisfies Record<SilenceReason, string>;

/** Whether people are told that an alert fires. */
export function announceFiring(rule: Rule, circumstances: Circumstances): Announcement {
  const { announcedAgoMs, silence, beginsToFlap = false, now } = circumstances;
  if (silence !== null) return heldBy(silence);
  if (beginsToFlap) return { decision: 'announce', reason: 'flapping' };
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

/** Whether a firing alert is not to be mentioned now. */
export function isSnoozed(alert: Alert, now: number): boolean {
  return alert.snoozedUntilResolved === true || (alert.snoozedUntil !== null && now < alert.snoozedUntil);
}

/** Whether people are told that an alert of which they know fires still. Who said that they know is not told again. */
export function isReminderDue(
  alert: Alert,
  { remindEverySeconds }: Rule,
  { announcedAgoMs, silence, now }: Circumstances,
): boolean {
  if (remindEverySeconds === undefined || announcedAgoMs === null || !alert.announced) return false;
  if (silence !== null || alert.acknowledgedAt !== null || isSnoozed(alert, now)) return false;
  return announcedAgoMs >= remindEverySeconds * 1000;
}

/** A recovery is announced once for each firing that was announced, and otherwise to nobody. */
export function announceRecovery(alert: Alert, silence: Silence | null): Announcement {
  if (silence?.reason === 'flapping') return heldBy(silence);
  if (!alert.announced) return { decision: 'hold', reason: 'firing_not_announced' };
  if (silence !== null) return heldBy(silence);
  return { decision: 'announce', reason: 'recovery' };
}

function heldBy({ reason, until }: Silence): Announcement {
  return { decision: 'hold', reason, ...(until !== null && { until }) };
}
