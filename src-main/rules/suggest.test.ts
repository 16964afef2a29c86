import { expect, test } from 'vitest';
import type { Rule } from '../contract/rule.ts';
import { longerDurations, mostSensitive, thresholdsFor, withThreshold } from './suggest.ts';

const rule: Rule = {
  ...{ id: 'r', name: 'R', enabled: true, source: 's', metric: 'm', severity: 'warning' },
  ...{ comparison: 'greater_than', threshold: 80, consecutiveViolations: 1, cooldownSeconds: 0 },
};

test('thresholds begin where nothing crosses them and go inwards, as a person would write them', () => {
  const values = Array.from({ length: 1000 }, (_, index) => index / 10.3);
  const above = thresholdsFor(rule, values);
  expect(above[0]).toBeGreaterThanOrEqual(values.at(-1) ?? NaN);
  expect(above).toEqual(above.toSorted((a, b) => b - a));
  expect(above.every((value) => Number.isInteger(value))).toBe(true);
  const below = thresholdsFor({ comparison: 'less_than' }, values);
  expect(below[0]).toBeLessThanOrEqual(0);
  expect(below).toEqual(below.toSorted((a, b) => a - b));
});

test('what is flat has no threshold, and neither has a comparison without a direction', () => {
  expect(thresholdsFor(rule, [5, 5, 5])).toEqual([]);
  expect(thresholdsFor(rule, [])).toEqual([]);
  expect(thresholdsFor({ comparison: 'equals' }, [1, 2, 3])).toEqual([]);
});

test('other lines move along with the threshold', () => {
  const lines = { criticalThreshold: 95, recoveryThreshold: 70.1 };
  expect(withThreshold({ ...rule, ...lines }, 85)).toMatchObject({
    ...{ threshold: 85, criticalThreshold: 100, recoveryThreshold: 75.1 },
  });
  expect(withThreshold(rule, 85)).not.toHaveProperty('criticalThreshold');
});

test('only longer times are proposed, and none where samples are counted among others', () => {
  expect(longerDurations({ ...rule, forSeconds: 300 })).toEqual([600, 900, 1800, 3600]);
  expect(longerDurations({ ...rule, violationsOf: 5 })).toEqual([]);
});

test('as much is told as is wanted, and no more', () => {
  const tried = [9, 4, 2, 0].map((count) => ({ count }));
  expect(mostSensitive(tried, 3)).toEqual({ count: 2 });
  expect(mostSensitive(tried.slice(0, 2), 3)).toBeNull();
});
