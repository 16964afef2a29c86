import { expect, test } from 'vitest';
import type { Unit } from '../contract/metric.ts';
import { exampleMessage } from '../testing/example-message.ts';
import type { MessageChanges } from '../testing/example-message.ts';
import { digestOf } from './digest.ts';
import { recordOf } from './record.ts';
import { fillIn } from './templates.ts';
import {
  headlineOf,
  limitOf,
  oneLine,
  pastSentenceOf,
  sentenceOf,
  subjectOf,
  timeText,
  valueText,
} from './words.ts';

test('text of others is one line, in which nothing hides or turns around', () => {
  expect(oneLine(' a\r\nb\u001b[31m\u0085c\u2028d\u202ee\u200bf\u2066 g\u200f ')).toBe('a b [31m c d e f g');
  expect(oneLine('half \ud83d of it, 🚢 whole')).toBe('half \ufffd of it, 🚢 whole');
});

const since = timeText(Date.parse('2026-01-05T11:59:55.123Z'));

test.each<[string, NonNullable<MessageChanges['alert']>]>([
  ['CPU (cpu_usage) on anchor is at 91.5 %, above 80 %', {}],
  [
    'CPU 0 (cpu_usage) on anchor is at 91.5 %, at or above 80 %',
    {
      comparison: 'greater_or_equal',
      series: { host: 'anchor', source: 'cpu_usage', metric: 'cpu_percent', labels: { core: '0' } },
    },
  ],
  [
    'CPU (cpu_usage) on anchor is at 91.5 %, between 80 % and 95 %',
    { comparison: 'between', upperThreshold: 95 },
  ],
  ['CPU (cpu_usage) on anchor is at 91.5 %, changed', { comparison: 'changed', threshold: null }],
  [
    'CPU (cpu_usage) on anchor, the average over 5 min, is at 91.5 %, above 80 %',
    { window: { function: 'avg', seconds: 300 } },
  ],
  [
    'CPU (cpu_usage) on anchor, as value * 2, the most over 1 min, is at 91.5 %, above 80 %',
    { expression: 'value * 2', window: { function: 'max', seconds: 60 } },
  ],
  [
    'CPU (cpu_usage) on anchor is at 91.5 %, above 80 %, which is usual for this hour of the week,',
    { baseline: { quantile: 0.99, weeks: 4, margin: 0 } },
  ],
])('%s since then', (sentence, alert) => {
  expect(sentenceOf(exampleMessage({ alert }))).toBe(`${sentence} since ${since}.`);
});

test.each<[string, number, Unit]>([
  ['above 0.001 ms', 0.001, 'milliseconds'],
  ['above 14.4 ms', 14.4, 'milliseconds'],
  ['above 1 GiB', 1024 ** 3, 'bytes'],
  ['above 0.0000001', 1e-7, 'none'],
])('a limit is as its owner wrote it: %s', (said, threshold, unit) => {
  const { alert } = exampleMessage({ alert: { threshold } });
  expect(limitOf(alert, unit)).toBe(said);
});

test('what has no title is called by its names, and a source that says nothing new is left out', () => {
  const series = { source: 'nas', metric: 'disk_percent', labels: { mount: '/home', kind: 'ext4' } };
  expect(subjectOf(series, undefined)).toBe('nas disk_percent mount=/home kind=ext4');
  expect(subjectOf(series, 'Disk')).toBe('Disk /home, ext4 (nas)');
  expect(subjectOf({ ...series, source: 'disk' }, 'Disk, free')).toBe('Disk, free /home, ext4');
  expect(subjectOf({ ...series, source: 'net', labels: {} }, 'Received', 'net')).toBe('Received');
  expect(subjectOf({ ...series, source: 'Disk', labels: {} }, 'Disk free')).toBe('Disk free');
  expect(subjectOf({ ...series, source: 'disk, free', labels: {} }, 'Disk, free')).toBe('Disk, free');
  expect(subjectOf({ ...series, source: 'CPU', labels: {} }, 'Load', 'cpu')).toBe('Load');
  expect(subjectOf({ ...series, source: 'D', labels: {} }, 'Disk')).toBe('Disk (D)');
  expect(subjectOf({ ...series, source: 'disk f', labels: {} }, 'Disk free')).toBe('Disk free (disk f)');
});

test('a time is told by the clock of its zone, which is named', () => {
  const at = Date.UTC(2026, 6, 5, 22, 59, 55);
  expect(timeText(at, 'Europe/Berlin')).toBe('6 Jul 2026, 00:59:55 CEST');
  expect(timeText(at, 'UTC')).toBe('5 Jul 2026, 22:59:55 UTC');
});

test.each<[number, Unit, string]>([
  [91.234, 'percent', '91.23 %'],
  [512, 'bytes', '512 B'],
  [12_345_678_901, 'bytes', '11.5 GiB'],
  [1023.7, 'bytes', '1 KiB'],
  [0.25, 'gibibytes', '256 MiB'],
  [-3_400_000, 'bytes_per_second', '-3.4 MB/s'],
  [12_345.678, 'count', '12345.68'],
  [250.5, 'milliseconds', '250.5 ms'],
  [2500, 'milliseconds', '2.5 s'],
  [0.4, 'seconds', '0.4 s'],
  [95, 'seconds', '1 min 35 s'],
  [90_000, 'seconds', '1 d 1 h'],
])('%d %s is told as the window shows it: %s', (value, unit, said) => {
  expect(valueText(value, unit)).toBe(said);
});

test.each<[number, number, Unit, string, string]>([
  [9.97, 10, 'gibibytes', '9.97 GiB', '10 GiB'],
  [99.97, 100, 'gibibytes', '99.97 GiB', '100 GiB'],
  [10 - 2 ** -30, 10, 'gibibytes', '9.999999999 GiB', '10 GiB'],
  [1023.7, 1024, 'bytes', '0.9997 KiB', '1 KiB'],
  [499.6, 500, 'bytes', '499.6 B', '500 B'],
  [79.999, 80, 'percent', '79.999 %', '80 %'],
  [80, 80, 'percent', '80 %', '80 %'],
  [0.1 + 0.2, 0.3, 'none', '0.30000000000000004', '0.3'],
  [3_299_999, 3_300_000, 'bytes_per_second', '3.299999 MB/s', '3.3 MB/s'],
  [3_300_000, 3_300_000, 'bytes_per_second', '3.3 MB/s', '3.3 MB/s'],
  [3599.6, 3600, 'seconds', '3599.6 s', '1 h'],
  [3601, 3600, 'seconds', '3601 s', '1 h'],
  [3600, 3600, 'seconds', '1 h', '1 h'],
  [1999.9, 2000, 'milliseconds', '1.9999 s', '2 s'],
])('%d at the limit %d %s is told as %s and %s, each on its side', (value, threshold, unit, said, limit) => {
  const below = { comparison: 'less_than', threshold, worstValue: value } as const;
  const message = { ...exampleMessage({ alert: below, transition: { value } }), unit };
  const over = { ...exampleMessage({ alert: below, transition: { to: 'resolved' } }), unit };
  expect(sentenceOf(message)).toContain(` is at ${said}, below ${limit} since `);
  expect(sentenceOf(over)).toContain(`, worst ${said}.`);
  expect(pastSentenceOf(over)).toContain(`, worst ${said}.`);
  expect(fillIn('{{value}} {{worst}} {{threshold}}', 'text', message)).toBe(`${said} ${said} ${limit}`);
});

test('a forecast, data that does not come and a source that fails are told as what they are', () => {
  const said = (alert: NonNullable<MessageChanges['alert']>, transition: MessageChanges['transition'] = {}) =>
    sentenceOf(exampleMessage({ alert, transition }));
  expect(said({ forecast: { withinDays: 3, overDays: 7 } })).toBe(
    `CPU (cpu_usage) on anchor will be at 91.5 % within 3 days if its trend goes on, above 80 %; so since ${since}.`,
  );
  const silent = { cause: 'no_data', threshold: null, worstValue: null } as const;
  expect(said(silent)).toBe(`CPU (cpu_usage) on anchor has sent nothing since ${since}.`);
  const back = { to: 'resolved', from: 'firing', reason: 'data_back', value: null } as const;
  expect(said(silent, back)).toBe(
    `CPU (cpu_usage) on anchor had sent nothing since ${since}. It sends again.`,
  );
  expect(said({ ...silent, cause: 'source_error' })).toBe(
    `cpu_usage on anchor fails; nothing is known of CPU since ${since}.`,
  );
  expect(headlineOf(exampleMessage({ alert: silent, transition: back }))).toBe(
    'Over: No data: CPU above 80 %',
  );
});

test('a host is called by the name that it sends, and by its id to machines', () => {
  const series = { ...exampleMessage().alert.series, host: 'agent-001' };
  const message = exampleMessage({ alert: { series, tags: ['agent_name:Web one'] } });
  expect(sentenceOf(message)).toContain(' on Web one is at ');
  expect(recordOf(message).host).toBe('agent-001');
  expect(fillIn('{{host}} {{host_name}}', 'text', message)).toBe('agent-001 Web one');
  const cluster = digestOf({ id: 'b', messages: [message, { ...message, id: '2' }] });
  expect(cluster.groups[0]?.title).toBe('CPU above 80 % on Web one (warning)');
});

test('a reminder, what flaps, and how many are affected are told as such', () => {
  const said = (reason: 'reminder' | 'flapping' | 'flapping_over') =>
    exampleMessage({
      alert: { affected: 31 },
      transition: { announcement: { decision: 'announce', reason } },
    });
  expect(headlineOf(said('reminder'))).toBe('Still firing: CPU above 80 %');
  expect(headlineOf(said('flapping'))).toBe('Flapping: CPU above 80 %');
  expect(headlineOf(said('flapping_over'))).toBe('Still firing, no longer flapping: CPU above 80 %');
  expect(sentenceOf(said('reminder'))).toBe(
    `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${since}. 31 affected.`,
  );
  expect(sentenceOf(said('flapping'))).toContain('It fired four times within an hour');
});

test('who knows of it, and what held it back until now, is said behind what happened', () => {
  const rest = (changes: MessageChanges) =>
    sentenceOf(exampleMessage(changes)).split(`${since}. `).slice(1).join('');
  const announced = (
    reason: 'downtime_over' | 'pause_over' | 'snooze_over' | 'parent_over' | 'cooldown_over',
  ) => ({
    transition: { announcement: { decision: 'announce', reason } as const },
  });
  expect(rest(announced('downtime_over'))).toBe('Told now because the downtime is over.');
  expect(rest(announced('pause_over'))).toBe('Told now because the pause is over.');
  expect(rest(announced('snooze_over'))).toBe('Told now because its snooze is over.');
  expect(rest(announced('parent_over'))).toBe('Told now because the alert of its parent is over.');
  expect(rest(announced('cooldown_over'))).toBe('');
  const acknowledgedAt = Date.UTC(2026, 0, 5, 12, 1);
  expect(rest({ alert: { acknowledgedAt, acknowledgedBy: 'Ann', note: 'on it' } })).toBe(
    `Acknowledged by Ann at ${timeText(Date.parse('2026-01-05T12:01:00.000Z'))}: on it.`,
  );
  expect(rest({ alert: { acknowledgedAt } })).toBe(
    `Acknowledged at ${timeText(Date.parse('2026-01-05T12:01:00.000Z'))}.`,
  );
  const inDowntime = { id: 'd', name: 'Backup' };
  expect(sentenceOf(exampleMessage({ alert: { inDowntime }, transition: { to: 'resolved' } }))).toMatch(
    / It ended in the downtime Backup\.$/,
  );
});
