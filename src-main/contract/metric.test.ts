import { expect, test } from 'vitest';
import { unitNamed } from './metric.ts';

test.each([
  ['C', 'celsius'],
  ['°C', 'celsius'],
  [' % ', 'percent'],
  ['MS', 'milliseconds'],
  ['s', 'seconds'],
  ['GiB', 'gibibytes'],
  ['B/s', 'bytes_per_second'],
  ['bytes', 'bytes'],
  ['hPa', 'none'],
  ['', 'none'],
  ['constructor', 'none'],
])('%j is %s', (text, unit) => {
  expect(unitNamed(text)).toBe(unit);
});
