import { wayOf, weekdays } from '../../src-main/contract/downtime.ts';
import type { Downtime, DowntimeView, Occurrence, Weekday } from '../../src-main/contract/downtime.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';

const monday = Date.UTC(2024, 0, 1);

/** `Mon` or `Monday` in the reader's language. */
export function weekdayWord(day: Weekday, format: Format, length: 'short' | 'long' = 'short'): string {
  const at = monday + weekdays.indexOf(day) * 86_400_000;
  return new Intl.DateTimeFormat(format.locale, { weekday: length, timeZone: 'UTC' }).format(at);
}

/** The times of a downtime: `Sat and Sun, 02:00–06:00 (Europe/Berlin)`. */
export function downtimeTimes(downtime: Downtime, format: Format, now: number): string {
  const { from, to, start, end, minutes = 0, cron = '', zone = '' } = downtime;
  switch (wayOf(downtime)) {
    case 'once':
      return m.downtime_once({
        from: format.moment(from ?? 0, now),
        to: format.moment(to ?? 0, now),
      });
    case 'weekly': {
      const days = daysWords(downtime.days, format);
      return end === undefined
        ? m.downtime_weekly_for({ days, start: start ?? '', span: format.duration(minutes * 60_000), zone })
        : m.downtime_weekly({ days, start: start ?? '', end, zone });
    }
    case 'cron':
      return m.downtime_cron({ cron, span: format.duration(minutes * 60_000), zone });
    case undefined:
      return '';
  }
}

/** `Every day`, or the weekdays in order. */
export function daysWords(days: Downtime['days'], format: Format): string {
  if (days === undefined || new Set(days).size === weekdays.length) return m.every_day();
  const words = weekdays.filter((day) => days.includes(day)).map((day) => weekdayWord(day, format));
  return new Intl.ListFormat(format.locale, { type: 'conjunction' }).format(words);
}

/** What it covers: `Everything`, or hosts, sources and rules by name. */
export function downtimeScope(
  { hosts, sources, tags, rules }: Pick<Downtime, 'hosts' | 'sources' | 'tags' | 'rules'>,
  nameOfRule: (id: string) => string,
): string {
  const named = [
    ...(hosts === undefined ? [] : [m.downtime_hosts({ count: hosts.length, names: hosts.join(', ') })]),
    ...(sources === undefined
      ? []
      : [m.downtime_sources({ count: sources.length, names: sources.join(', ') })]),
    ...(tags === undefined ? [] : [m.downtime_tags({ count: tags.length, names: tags.join(', ') })]),
    ...(rules === undefined
      ? []
      : [m.downtime_rules({ count: rules.length, names: rules.map(nameOfRule).join(', ') })]),
  ];
  return named.length === 0 ? m.downtime_everything() : named.join(' · ');
}

/** Its state: `Active until 15:00`, `Next: 28 Nov, 02:00`. */
export function downtimeState(
  { state, active, next, downtime }: DowntimeView,
  format: Format,
  now: number,
): string {
  switch (state) {
    case 'active':
      return m.downtime_active({ time: format.moment(active?.to ?? now, now) });
    case 'planned':
      return m.downtime_next({ time: format.moment(next[0]?.from ?? now, now) });
    case 'disabled':
      return m.downtime_disabled();
    case 'over':
      return downtime.to === undefined
        ? m.downtime_over()
        : m.downtime_over_since({ time: format.moment(downtime.to, now) });
  }
}

/** One occurrence in the local time of its zone: `Sat, 28 Nov, 02:00 – 03:30`. */
export function occurrenceWords({ from, to }: Occurrence, zone: string, format: Format): string {
  const time = new Intl.DateTimeFormat(format.locale, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return time.formatRange(from, to);
}
