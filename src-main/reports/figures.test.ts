import { expect, test } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { SeriesRange } from '../contract/history.ts';
import { figuresOf } from './figures.ts';
import type { Evidence } from './figures.ts';
import { Format } from './format.ts';
import { allClear, headline } from './verdict.ts';

const hourMs = 3_600_000;
const to = Date.UTC(2026, 0, 6, 12);
const from = to - 24 * hourMs;
const series = { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {} };

function rangeOf(points: readonly (readonly [at: number, value: number])[], bucketMs = 0): SeriesRange {
  const [at, values] = [points.map(([time]) => time), points.map(([, value]) => value)];
  const summary =
    values.length === 0
      ? null
      : {
          min: Math.min(...values),
          avg: 5,
          max: Math.max(...values),
          last: values.at(-1) ?? null,
          lastAt: at.at(-1) ?? null,
        };
  return { series, from, to, bucketMs, at, min: values, avg: values, max: values, summary };
}

/** Plimsoll sampled itself every minute but in these hours of the span. */
function runningBut(...gaps: [begin: number, end: number][]): SeriesRange {
  const points: [number, number][] = [];
  for (let at = from; at < to; at += 60_000) {
    const hour = (at - from) / hourMs;
    if (!gaps.some(([begin, end]) => hour >= begin && hour < end)) points.push([at, 1]);
  }
  return rangeOf(points, 60_000);
}

function alertOf(firedAt: number, resolvedAt: number | null, more: Partial<Alert> = {}): Alert {
  return {
    ...{
      id: `a${firedAt}`,
      ruleId: 'cpu-high',
      ruleName: 'CPU above 80 %',
      series,
      comparison: 'greater_than',
    },
    ...{ threshold: 80, tolerance: null, consecutiveViolations: 1, severity: 'warning', since: firedAt },
    ...{ state: resolvedAt === null ? 'firing' : 'resolved', firedAt, resolvedAt },
    ...{ firedValue: 90, worstValue: 95, lastValue: 70, announced: true, recoveryOwed: false },
    ...{ acknowledgedAt: null, note: null, snoozedUntil: null },
    ...more,
  };
}

const format = new Format('en', 'UTC');
/** Without the spaces at which no line is parted. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

const quiet: Evidence = {
  ...{
    host: 'box',
    version: '1',
    madeAt: to,
    from,
    to,
    zone: 'UTC',
    measured: [],
    seriesLeftOut: 0,
    busy: [],
  },
  ...{
    interruptions: [],
    running: runningBut(),
    alerts: [],
    alertsComplete: true,
    rules: [],
    failedDeliveries: [],
  },
};

test('time that was watched, slept, off and unknown together is the span, and no part counts twice', () => {
  const { availability } = figuresOf({
    ...quiet,
    running: runningBut([2, 6], [10, 11], [20, 20.5]),
    interruptions: [
      { from: from + 2 * hourMs, to: from + 5 * hourMs, why: 'asleep' },
      { from: from + 4 * hourMs, to: from + 6 * hourMs, why: 'off' },
      { from: from + 10 * hourMs, to: from + 11 * hourMs, why: 'asleep' },
    ],
  });
  expect(availability).toMatchObject({
    asleepMs: 4 * hourMs,
    offMs: hourMs,
    noDataMs: hourMs / 2,
    watchedMs: 18.5 * hourMs,
  });
});

test('a Plimsoll that never ran is no data, not a quiet day', () => {
  const figures = figuresOf({ ...quiet, running: rangeOf([]) });
  expect(figures.availability).toMatchObject({ watchedMs: 0, noDataMs: to - from });
  expect(plain(allClear(figures, format))).toBe('Nothing is known of these 24 h: Plimsoll did not watch.');
});

test('says all clear where nothing fired, and of how much that is known', () => {
  const { level, sentence } = headline(figuresOf(quiet), format);
  expect([level, plain(sentence)]).toEqual(['ok', 'All clear: nothing crossed a line in these 24 h.']);
  const slept = figuresOf({
    ...quiet,
    interruptions: [{ from: from + hourMs, to: from + 3 * hourMs, why: 'asleep' }],
  });
  expect(plain(headline(slept, format).sentence)).toBe(
    'All clear as far as is known: nothing crossed a line in the 22 h that were watched; 2 h were not.',
  );
});

test('never rounds what was watched up to all of it', () => {
  const figures = figuresOf({ ...quiet, interruptions: [{ from, to: from + 40_000, why: 'off' }] });
  expect(plain(format.share(figures.availability.watchedMs, to - from))).toBe('99.9 %');
});

test('counts alerts where they fire, and the time they fire within the span only; drills are nothing', () => {
  const { alerts, alertDays } = figuresOf({
    ...quiet,
    alerts: [
      alertOf(from - 2 * hourMs, from + hourMs),
      alertOf(from + 5 * hourMs, from + 7 * hourMs, { severity: 'critical' }),
      alertOf(to - hourMs, null, { ruleId: 'disk', ruleName: 'Disk' }),
      alertOf(from + hourMs, from + 2 * hourMs, { drill: true }),
      alertOf(from - 4 * 24 * hourMs, from - 4 * 24 * hourMs + 1),
    ],
  });
  expect(alerts).toMatchObject({ count: 2, critical: 1 });
  expect(alerts.rules).toEqual([
    expect.objectContaining({
      ruleId: 'cpu-high',
      severity: 'critical',
      count: 1,
      firingMs: 3 * hourMs,
      longestMs: 2 * hourMs,
      stillFiring: 0,
    }),
    expect.objectContaining({ ruleId: 'disk', count: 1, firingMs: hourMs, stillFiring: 1 }),
  ]);
  expect(alertDays.days.map(({ day }) => day)).toHaveLength(8);
  expect(alertDays.days.find(({ day }) => day === '2026-01-05')?.counts).toEqual({ 'cpu-high': 2 });
});

test('the worst moment is the lowest of what a rule watches downwards, and names the alert that fired then', () => {
  const definition = { title: 'Battery', unit: 'percent' as const };
  const range = rangeOf([
    [from + hourMs, 50],
    [from + 2 * hourMs, 8],
    [from + 3 * hourMs, 90],
  ]);
  const spread = { p95: 90, lowestAt: from + 2 * hourMs, highestAt: from + 3 * hourMs };
  const measured = [{ series, kind: 'battery', definition, range, spread }];
  const rules = [
    { source: 'cpu', metric: 'cpu_percent', comparison: 'less_than' },
  ] as unknown as Evidence['rules'];
  const firing = alertOf(from + 2 * hourMs, from + 2.5 * hourMs);
  const [metric] = figuresOf({ ...quiet, measured, rules, alerts: [firing] }).metrics;
  expect(metric).toMatchObject({
    p95: 90,
    worst: { at: from + 2 * hourMs, value: 8, alert: { ruleName: 'CPU above 80 %' } },
  });
  const [upwards] = figuresOf({ ...quiet, measured }).metrics;
  expect(upwards?.worst).toEqual({ at: from + 3 * hourMs, value: 90, alert: null });
});

test('hours are those of the zone, and an hour without samples is none', () => {
  const range = rangeOf([
    [Date.UTC(2026, 0, 5, 23, 30), 10],
    [Date.UTC(2026, 0, 5, 23, 40), 20],
  ]);
  const definition = { title: 'CPU', unit: 'percent' as const };
  const [busy] = figuresOf({ ...quiet, zone: 'Asia/Kolkata', busy: [{ series, definition, range }] }).busiest;
  // 23:30 UTC of a Monday is 05:00 of a Tuesday there.
  expect(busy?.means[1]?.[5]).toBe(15);
  expect(busy?.means.flat().filter((value) => value !== null)).toEqual([15]);
});
