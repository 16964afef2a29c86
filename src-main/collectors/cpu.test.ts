import { expect, test } from 'vitest';
import { scriptedSystem } from '../testing/scripted-system.ts';
import { sourceSurroundings } from '../testing/surroundings.ts';
import { busyPercent, cpu } from './cpu.ts';

const { signal } = new AbortController();

test('the first collection has no value, later ones the share of busy time since the one before', async () => {
  const system = scriptedSystem({
    cpuTimes: [
      { busy: 100, total: 1000 },
      { busy: 133, total: 1300 },
      { busy: 133, total: 1400 },
    ],
  });
  const collector = cpu.open({}, sourceSurroundings({ system }));
  expect(await collector.collect(signal)).toEqual([]);
  expect(await collector.collect(signal)).toEqual([{ metric: 'cpu_percent', labels: {}, value: 11 }]);
  expect(await collector.collect(signal)).toEqual([{ metric: 'cpu_percent', labels: {}, value: 0 }]);
});

test.each([
  ['two decimals', { busy: 100, total: 1000 }, { busy: 101, total: 1003 }, 33.33],
  [
    'idle steps back by less than a rounding error of a busy machine',
    { busy: 0, total: 1000 },
    { busy: 500, total: 1495 },
    100,
  ],
  ['idle was reset', { busy: 0, total: 1000 }, { busy: 500, total: 600 }, null],
  ['all was reset', { busy: 900, total: 1000 }, { busy: 5, total: 10 }, null],
  ['no time was counted', { busy: 900, total: 1000 }, { busy: 900, total: 1000 }, null],
])('%s', (_name, before, after, percent) => {
  expect(busyPercent(before, after)).toBe(percent);
});
