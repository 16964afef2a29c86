import { expect, test } from 'vitest';
import { Format } from './format.ts';

const en = new Format('en');
const de = new Format('de');
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('values carry one digit where they need it, and always their unit', () => {
  expect(
    [
      en.value(87.3, 'percent'),
      en.value(85, 'percent'),
      en.value(16_495_357_952, 'bytes'),
      en.value(1100, 'gibibytes'),
      en.value(1_240_000, 'bytes_per_second'),
      en.value(0, 'bytes_per_second'),
      en.value(182.4, 'milliseconds'),
      en.value(2500, 'milliseconds'),
      en.value(12.345, 'per_second'),
      en.value(1234.5, 'per_second'),
      de.value(61.25, 'celsius'),
      en.value(1.234, 'none'),
      en.memory(74_300_000),
      de.value(87.3, 'percent'),
    ].map(plain),
  ).toEqual([
    '87.3 %',
    '85.0 %',
    '15.4 GiB',
    '1.1 TiB',
    '1.2 MB/s',
    '0 B/s',
    '182 ms',
    '2.5 s',
    '12.35 /s',
    '1,235 /s',
    '61,3 °C',
    '1.23',
    '71 MiB',
    '87,3 %',
  ]);
});

test('a value just under the next unit is never written as a thousand of the smaller one', () => {
  expect(plain(en.value(999_999, 'bytes_per_second'))).toBe('1.0 MB/s');
  expect(plain(en.value(1024 ** 2 - 1, 'bytes'))).toBe('1.0 MiB');
});

test('a limit is written as it was chosen', () => {
  expect(
    [
      en.limit(85, 'percent'),
      en.limit(80.25, 'percent'),
      de.limit(80.5, 'percent'),
      en.limit(90, 'celsius'),
      de.limit(0.001, 'milliseconds'),
      en.limit(14.4, 'milliseconds'),
      en.limit(1024 ** 3, 'bytes'),
      de.limit(86_400, 'seconds'),
    ].map(plain),
  ).toEqual(['85 %', '80.25 %', '80,5 %', '90 °C', '0,001 ms', '14.4 ms', '1 GiB', '1 T']);
});

test('spans name their two largest parts at most', () => {
  const spans = [400, 40_000, 240_000, 7_500_000, 7_200_000, 90_000_000, 864_000_000 * 2];
  expect(spans.map((ms) => plain(en.duration(ms)))).toEqual([
    '0 s',
    '40 s',
    '4 min',
    '2 h 5 min',
    '2 h',
    '1 d 1 h',
    '20 d',
  ]);
});

test('an interval may be a part of a second', () => {
  expect([en.interval(0.5), de.interval(0.5), en.interval(60)].map(plain)).toEqual([
    '0.5 s',
    '0,5 s',
    '1 min',
  ]);
});

test('relative times round towards now', () => {
  const now = 1_800_000_000_000;
  expect([0, 59_999, 119_000, 7_300_000, 90_000_000].map((ago) => en.relative(now - ago, now))).toEqual([
    'now',
    '59 seconds ago',
    '1 minute ago',
    '2 hours ago',
    'yesterday',
  ]);
});

test('a stretch names the day wherever it could be another', () => {
  const de = new Format('de');
  const [yesterday, now] = [new Date(2026, 0, 4, 7).getTime(), new Date(2026, 0, 5, 7).getTime()];
  expect(de.stretchOf(yesterday, now, now)).toBe('4. Jan., 07:00 – 5. Jan., 07:00');
  expect(de.stretchOf(yesterday, yesterday + 3_600_000, now)).toBe('4. Jan., 07:00 – 08:00');
  expect(de.stretchOf(now - 3_600_000, now, now)).toBe('06:00 – 07:00');
  expect([6, 24, 168].map((hours) => de.hours(hours))).toEqual(['6 Stunden', '24 Stunden', '7 Tage']);
});

test('the time of day is written as its locale does, without a zero before the hours of twelve', () => {
  const us = new Format('en-US');
  const spaced = (text: string): string => text.replaceAll('\u202f', ' ');
  const at = (hours: number, minutes: number): number => new Date(2026, 2, 5, hours, minutes).getTime();
  expect([us.clock(at(6, 0)), us.shortClock(at(6, 0)), us.shortClock(at(6, 10))].map(spaced)).toEqual([
    '6:00 AM',
    '6 AM',
    '6:10 AM',
  ]);
  expect([de.clock(at(6, 0)), de.shortClock(at(6, 0)), new Format('en-GB').shortClock(at(18, 0))]).toEqual([
    '06:00',
    '06:00',
    '18:00',
  ]);
  expect([en.stretch(720_000), en.stretch(3_600_000), de.stretch(5 * 3_600_000)]).toEqual([
    '12 minutes',
    '60 minutes',
    '5 Stunden',
  ]);
});
