import type { Alert } from '../../src-main/contract/alert.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';
import { lasts } from './spans.ts';

/** What people have said to an alert, before or meanwhile: `Acknowledged 14:02`, `Snoozed until 15:00`, `In downtime: NAS update`. */
export function alertMarks(
  alert: Pick<Alert, 'acknowledgedAt' | 'snoozedUntil' | 'state' | 'inDowntime'>,
  format: Format,
  now: number,
): string[] {
  // A time stays on one line with its AM.
  const time = (at: number): string => format.moment(at, now).replaceAll(' ', '\u00a0');
  const { acknowledgedAt, snoozedUntil, inDowntime } = alert;
  return [
    ...(acknowledgedAt === null ? [] : [m.alert_acknowledged({ time: time(acknowledgedAt) })]),
    ...(alert.state === 'firing' && lasts(snoozedUntil, now)
      ? [m.alert_snoozed({ time: time(snoozedUntil) })]
      : []),
    ...(inDowntime === undefined ? [] : [m.alert_in_downtime({ name: inDowntime.name })]),
  ];
}
