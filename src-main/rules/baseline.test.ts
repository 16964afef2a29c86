import { expect, it } from 'vitest';
import { hourOfWeek, usualLines } from './baseline.ts';
import { crosses } from './comparisons.ts';

const hourMs = 3_600_000;
const monday = Date.UTC(2026, 0, 5);

it('counts the hours of the week from Monday', () => {
  expect(hourOfWeek(monday)).toBe(0);
  expect(hourOfWeek(monday - 1)).toBe(167);
  expect(hourOfWeek(monday + 25 * hourMs + 1)).toBe(25);
});

/** Four weeks in quarters of an hour: busy on Monday at nine, quiet otherwise. */
const busy = 9;
const at = Array.from({ length: 4 * 168 * 4 }, (_, index) => monday + (index * hourMs) / 4);
const level = (time: number) => (hourOfWeek(time) === busy ? 70 : 20);
const past = { at, min: at.map((time) => level(time) - 5), max: at.map((time) => level(time) + 5) };
const baseline = { quantile: 0.99, weeks: 4, margin: 0 };

it('takes for unusual what is so in one hour of the week and not in another', () => {
  const above = usualLines({ comparison: 'greater_than', baseline }, past);
  const isUnusual = (hour: number, value: number) => {
    const line = above[hour];
    return line !== undefined && crosses(line, value, NaN);
  };
  expect([isUnusual(busy, 72), isUnusual(busy, 76), isUnusual(10, 26), isUnusual(10, 25)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

it('looks to the side that the rule asks for, with its margin', () => {
  const line = (comparison: 'less_than' | 'outside', margin = 0) =>
    usualLines({ comparison, baseline: { ...baseline, margin } }, past)[busy];
  expect(line('less_than')).toMatchObject({ threshold: 65 });
  expect(line('outside')).toMatchObject({ threshold: 65, upper: 75 });
  expect(line('outside', 0.2)).toMatchObject({ threshold: 52, upper: 90 });
});

it('knows nothing from one week, and calls nothing unusual then', () => {
  const oneWeek = { at: at.slice(0, 672), min: past.min.slice(0, 672), max: past.max.slice(0, 672) };
  for (const short of [oneWeek, { at: [], min: [], max: [] }]) {
    const lines = usualLines({ comparison: 'outside', baseline }, short);
    expect(lines).toHaveLength(168);
    expect(lines.some((line) => crosses(line, 1e9, NaN) || crosses(line, -1e9, NaN))).toBe(false);
  }
});
