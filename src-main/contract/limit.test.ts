import { expect, test } from 'vitest';
import { limitOfUnit } from './limit.ts';
import type { Unit } from './metric.ts';

test.each<[number, Unit, string]>([
  [0.001, 'milliseconds', '0.001 ms'],
  [14.4, 'milliseconds', '14.4 ms'],
  [1500, 'milliseconds', '1.5 s'],
  [80.25, 'percent', '80.25 %'],
  [1024 ** 3, 'bytes', '1 GiB'],
  [1.5 * 1024 ** 3, 'bytes', '1.5 GiB'],
  [1e9, 'bytes', '1 GB'],
  [1_234_567, 'bytes', '1.234567 MB'],
  [1000, 'bytes', '1 kB'],
  [500, 'bytes', '500 B'],
  [0, 'bytes', '0 B'],
  [12_500_000, 'bytes_per_second', '12.5 MB/s'],
  [12.5, 'gibibytes', '12.5 GiB'],
  [0.25, 'gibibytes', '256 MiB'],
  [500e9 / 1024 ** 3, 'gibibytes', '500 GB'],
  [5400, 'seconds', '90 min'],
  [172_800, 'seconds', '2 d'],
  [0.5, 'seconds', '0.5 s'],
  [0, 'seconds', '0 s'],
  [0.1 + 0.2, 'none', '0.3'],
  [123_456_789, 'count', '123456789'],
])('%d %s is said as %s', (value, unit, said) => {
  const limit = limitOfUnit(value, unit);
  expect(`${limit.number} ${limit.unit}`.trim()).toBe(said);
});
