import { expect, test } from 'vitest';
import { Format } from '../state/format.ts';
import { tickLabel, timeTicks, valueAxis } from './axes.ts';

test('moments stand on whole local steps and are never more than asked for', () => {
  const from = new Date(2026, 2, 5, 13, 7).getTime();
  const clock = (at: number) => `${new Date(at).getHours()}:${new Date(at).getMinutes()}`;
  expect(timeTicks(from, from + 3_600_000, 6).map(clock)).toEqual([
    '13:10',
    '13:20',
    '13:30',
    '13:40',
    '13:50',
    '14:0',
  ]);
  expect(timeTicks(from, from + 86_400_000, 8).map(clock)).toEqual([
    '15:0',
    '18:0',
    '21:0',
    '0:0',
    '3:0',
    '6:0',
    '9:0',
    '12:0',
  ]);
  for (const span of [60_000, 5_000_000, 90_000_000, 4e9, 9e10]) {
    expect(timeTicks(from, from + span, 5).length).toBeLessThanOrEqual(6);
  }
});

test('what is yes or no has these two and nothing between, and otherwise numbers', () => {
  const axis = valueAxis(1, 1, 0, 'none');
  expect(axis.ticks.map((value) => tickLabel(value, axis, 'none', new Format('en')))).toEqual(['no', 'yes']);
  expect(valueAxis(1, 1.05, 0, 'none')).toEqual({ low: 0, high: 1, ticks: [0, 0.5, 1] });
  const wide = valueAxis(undefined, 1, 0, 'none');
  expect(wide.ticks.map((value) => tickLabel(value, wide, 'none', new Format('en')))).toContain('0.5');
});

test('a percentage goes to its full value, anything else to a round number above', () => {
  expect(valueAxis(100, 87, 3, 'percent')).toEqual({ low: 0, high: 100, ticks: [0, 50, 100] });
  expect(valueAxis(undefined, 1_240_000, 0, 'bytes_per_second').ticks).toEqual([0, 1_000_000, 2_000_000]);
  expect(valueAxis(undefined, 0, 0, 'bytes_per_second').ticks).toEqual([0, 1]);
  expect(valueAxis(undefined, 13, 0, 'gibibytes').ticks).toEqual([0, 8, 16]);
  expect(valueAxis(undefined, 3, -4, 'none').low).toBeLessThanOrEqual(-4);
  expect(valueAxis(undefined, 0, 0, 'none').high).toBeGreaterThan(0);
});
