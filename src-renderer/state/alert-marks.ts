import type { Alert } from '../../src-main/contract/alert.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';
import { lasts } from './spans.ts';

/**
 * Labels of an alert's acknowledgement, snooze and downtime: `Acknowledged 14:02`, `Snoozed until 15:00`, `In downtime:
 * NAS update`.
 */
export function alertMarks(
  alert: Pick<
    Alert,
    | 'acknowledgedAt'
    | 'affected'
    | 'acknowledgedBy'
    | 'snoozedUntil'
    | 'snoozedUntilResolved'
    | 'snoozedBy'
    | 'state'
    | 'inDowntime'
  >,
  format: Format,
  now: number,
): string[] {
  // No line break between a time and its AM or PM.
  const time = (at: number): string => format.moment(at, now).replaceAll(' ', '\u00a0');
  const { acknowledgedAt, snoozedUntil, snoozedBy, inDowntime } = alert;
  return [
    ...(alert.affected === undefined ? [] : [m.alert_affected({ count: alert.affected })]),
    ...(acknowledgedAt === null ? [] : [acknowledgedWords(time(acknowledgedAt), alert.acknowledgedBy)]),
    ...(alert.state === 'firing' && alert.snoozedUntilResolved === true
      ? [
          snoozedBy === undefined
            ? m.alert_snoozed_until_resolved()
            : m.alert_snoozed_until_resolved_by({ name: snoozedBy }),
        ]
      : []),
    ...(alert.state === 'firing' && lasts(snoozedUntil, now)
      ? [snoozedWords(time(snoozedUntil), snoozedBy)]
      : []),
    ...(inDowntime === undefined ? [] : [m.alert_in_downtime({ name: inDowntime.name })]),
  ];
}

/** Whether a firing alert is not to be mentioned at that time. */
export function isSnoozed(
  {
    state,
    snoozedUntil,
    snoozedUntilResolved,
  }: Pick<Alert, 'state' | 'snoozedUntil' | 'snoozedUntilResolved'>,
  now: number,
): boolean {
  return state === 'firing' && (snoozedUntilResolved === true || lasts(snoozedUntil, now));
}

function acknowledgedWords(time: string, by: string | undefined): string {
  return by === undefined ? m.alert_acknowledged({ time }) : m.alert_acknowledged_by({ time, name: by });
}

function snoozedWords(time: string, by: string | undefined): string {
  return by === undefined ? m.alert_snoozed({ time }) : m.alert_snoozed_by({ time, name: by });
}
