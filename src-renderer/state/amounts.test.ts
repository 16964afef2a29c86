import { expect, test } from 'vitest';
import type { Unit } from '../../src-main/contract/metric.ts';
import { amountText, bareUnit, isUnfinished, parseAmount } from './amounts.ts';
import { Format } from './format.ts';

const en = new Format('en');
const de = new Format('de');
const gib = 1024 ** 3;

test.each<[string, Unit, number]>([
  ['2 GiB', 'bytes', 2 * gib],
  ['2GiB', 'bytes', 2 * gib],
  ['2 gib', 'bytes', 2 * gib],
  ['500 MB', 'bytes', 500e6],
  ['1.5 TiB', 'bytes', 1.5 * 1024 ** 4],
  ['1.1 GB', 'bytes', 1_100_000_000],
  ['512', 'bytes', 512 * 1024 ** 2],
  ['500 GB', 'gibibytes', 500e9 / gib],
  ['12.5', 'gibibytes', 12.5],
  ['1,200 kB/s', 'bytes_per_second', 1_200_000],
  ['5 MB', 'bytes_per_second', 5_000_000],
  ['85 %', 'percent', 85],
  ['85', 'percent', 85],
  ['-5 °C', 'celsius', -5],
  ['7', 'count', 7],
  ['5 min', 'seconds', 300],
  ['1 h 30 min', 'seconds', 5400],
  ['90', 'seconds', 90],
  ['0.7 min', 'seconds', 42],
  ['2 days', 'seconds', 172_800],
  ['250 ms', 'seconds', 0.25],
  ['1.5 s', 'milliseconds', 1500],
])('%s is read as so many %s', (text, unit, value) => {
  expect(parseAmount(text, unit, bareUnit(null, unit, en), 'en')).toEqual({ ok: true, value });
});

test.each<[string, Unit]>([
  ['2 G', 'bytes'],
  ['2 min', 'bytes'],
  ['GiB', 'bytes'],
  ['2 GiB 3 MiB', 'bytes'],
  ['2 GiB 3', 'bytes'],
  ['1e9', 'percent'],
  ['5 %', 'count'],
  ['1 h -30 min', 'seconds'],
  ['1 h 30', 'seconds'],
  ['1..2 GiB', 'bytes'],
])('%s is not guessed to be so many %s', (text, unit) => {
  expect(parseAmount(text, unit, bareUnit(null, unit, en), 'en')).toEqual({
    ok: false,
    problem: 'not_a_number',
  });
});

test('more than can be kept exactly is too large', () => {
  expect(parseAmount('9 EiB', 'bytes', 'MiB', 'en')).toEqual({ ok: false, problem: 'too_large' });
  expect(parseAmount('9007199254740993', 'percent', '%', 'en')).toEqual({ ok: false, problem: 'too_large' });
});

test('what is read is written the same way, in the words of the reader', () => {
  for (const text of ['2 GiB', '500 MB', '1.5 TiB', '500 GB', '64.5 MiB'])
    for (const unit of ['bytes', 'gibibytes'] as const) {
      const read = parseAmount(text, unit, '', 'en');
      expect(amountText(read.ok ? read.value : NaN, unit, en)).toBe(text);
    }
  expect(amountText(1.5 * gib, 'bytes', de)).toBe('1,5 GiB');
  expect(amountText(172_800, 'seconds', de)).toBe('2 T');
  expect(parseAmount('2 T', 'seconds', 's', 'de')).toEqual({ ok: true, value: 172_800 });
  expect(parseAmount('1,5 GiB', 'bytes', 'MiB', 'de')).toEqual({ ok: true, value: 1.5 * gib });
  expect(amountText(99.9, 'percent', de)).toBe('99,9');
});

test('a number alone is one of what stood there, or of what is usual', () => {
  expect(bareUnit(2 * gib, 'bytes', en)).toBe('GiB');
  expect(bareUnit(null, 'bytes', en)).toBe('MiB');
  expect(bareUnit(80, 'bytes', en)).toBe('MiB');
  expect(bareUnit(300, 'seconds', en)).toBe('min');
  expect(bareUnit(0, 'seconds', en, 'min')).toBe('min');
  expect(bareUnit(80, 'percent', en)).toBe('%');
});

test('half a unit is no mistake yet', () => {
  expect(
    ['2 G', '2 Gi', '1 h 5 mi'].map((text) => isUnfinished(text, text.endsWith('mi') ? 'seconds' : 'bytes')),
  ).toEqual([true, true, true]);
  expect(['2 x', 'Gi', '2', '2 Gi 5'].some((text) => isUnfinished(text, 'bytes'))).toBe(false);
});
