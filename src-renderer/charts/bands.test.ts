import { expect, test } from 'vitest';
import { seenBands } from './bands.ts';

test('a moment is wide enough to be seen, and what touches is one band', () => {
  const severity = 'warning' as const;
  expect(
    seenBands(
      [
        { from: 900, to: 901, severity },
        { from: 100, to: 101, severity },
        { from: 105, to: 130, severity },
        { from: 110, to: 120, severity: 'critical' },
      ],
      10,
    ),
  ).toEqual([
    { from: 100, to: 130, severity },
    { from: 900, to: 910, severity },
    { from: 110, to: 120, severity: 'critical' },
  ]);
});
