import { expect, test } from 'vitest';
import { alertFilterIn } from './alert-filter.ts';

test('the address says what is asked for, and what it says wrongly is left out', () => {
  const now = 10 * 86_400_000;
  expect(alertFilterIn({}, now)).toEqual({});
  expect(
    alertFilterIn(
      { state: 'firing', severity: 'critical', rule: 'a', source: 'b', q: ' c ', time: 'week' },
      now,
    ),
  ).toEqual({
    state: 'firing',
    severity: 'critical',
    rule: 'a',
    source: 'b',
    text: 'c',
    from: 3 * 86_400_000,
  });
  expect(alertFilterIn({ since: '5000' }, now)).toEqual({ from: 5000 });
  expect(alertFilterIn({ since: '5000', time: 'day' }, now)).toEqual({ from: 9 * 86_400_000 });
  expect(alertFilterIn({ state: 'x', severity: 'y', q: '  ', time: 'toString', since: '-1' }, now)).toEqual(
    {},
  );
});
