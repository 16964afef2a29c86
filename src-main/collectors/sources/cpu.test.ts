import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { busyPercent, cpu } from './cpu.ts';

const { signal } = new AbortController();

test('the first collection has no value, later ones the share of busy time since the one before', async () => {
  const system = scriptedSystem({
    cpuTimes: [
      { busy: 100, total: 1000 },
      { busy: 133, total: 1300 },
      { busy: 133, total: 1400 },
    ],
    loadAverages: [null],
  });
  const collector = cpu.open({ perCore: false }, sourceSurroundings({ system }));
  expect(await collector.collect(signal)).toEqual([]);
  expect(await collector.collect(signal)).toEqual([{ metric: 'cpu_percent', labels: {}, value: 11 }]);
  expect(await collector.collect(signal)).toEqual([{ metric: 'cpu_percent', labels: {}, value: 0 }]);
});

test('the limit of a container stands beside the machine, while it is below its cores', async () => {
  const limit = (cores: number, usedMs: number | null, all: number, throttled: number) => ({
    ...{ cores, usedMs },
    periods: { all, throttled },
  });
  const script = [
    limit(0.5, 1000, 10, 0),
    limit(0.5, 1800, 20, 4),
    limit(0.5, 10, 20, 4),
    { cores: 0.5, usedMs: null, periods: null },
    limit(2, 1000, 10, 0),
    null,
  ];
  let now = 0;
  const surroundings = { system: scriptedSystem({ cpuLimit: script }), monotonic: () => (now += 2000) };
  const collector = cpu.open({ perCore: false }, sourceSurroundings(surroundings));
  const limits: [metric: string, value: number][][] = [];
  for (const _each of script) {
    const samples = await collector.collect(signal);
    limits.push(
      samples.flatMap(({ metric, value }) => (metric.startsWith('cgroup_') ? [[metric, value]] : [])),
    );
  }
  const cores: [string, number] = ['cgroup_cpu_limit_cores', 0.5];
  expect(limits).toEqual([
    [],
    [['cgroup_cpu_percent', 80], cores, ['cgroup_cpu_throttled_percent', 40]],
    [cores],
    [cores],
    [],
    [],
  ]);
});

test('each core by its number; one that was switched on or reset between the two has no value', async () => {
  const system = scriptedSystem({
    cpuTimes: [
      { busy: 0, total: 0 },
      { busy: 0, total: 0 },
    ],
    coreTimes: [
      [
        { core: '0', busy: 100, total: 1000 },
        { core: '2', busy: 900, total: 1000 },
      ],
      [
        { core: '0', busy: 150, total: 1100 },
        { core: '1', busy: 50, total: 100 },
        { core: '2', busy: 0, total: 1 },
      ],
    ],
    loadAverages: [[0.5, 0.25, 3]],
  });
  const collector = cpu.open({ perCore: true }, sourceSurroundings({ system }));
  expect(await collector.collect(signal)).toEqual([]);
  expect(await collector.collect(signal)).toEqual([
    { metric: 'cpu_core_percent', labels: { core: '0' }, value: 50 },
    { metric: 'load_1', labels: {}, value: 0.5 },
    { metric: 'load_5', labels: {}, value: 0.25 },
    { metric: 'load_15', labels: {}, value: 3 },
  ]);
});

test('of more cores than there may be series, those that worked most are kept and the rest is counted', async () => {
  const cores = (ticks: number) =>
    Array.from({ length: 300 }, (_, core) => ({
      core: String(core),
      busy: (300 - core) * ticks,
      total: 1000 * ticks,
    }));
  const system = scriptedSystem({ coreTimes: [cores(1), cores(2)] });
  const collector = cpu.open({ perCore: true }, sourceSurroundings({ system }));
  await collector.collect(signal);
  const samples = await collector.collect(signal);
  const labelled = samples.flatMap(({ labels }) => labels['core'] ?? []);
  expect(labelled).toEqual(
    cores(1)
      .slice(0, 256)
      .map(({ core }) => core),
  );
  expect(samples).toContainEqual({ metric: 'series_left_out', labels: {}, value: 44 });
});

test('a part that cannot be read costs nothing else', async () => {
  const system = {
    ...scriptedSystem(),
    loadAverages: () => {
      throw new Error('no load here');
    },
  };
  const collector = cpu.open({ perCore: true }, sourceSurroundings({ system }));
  const collect = async () => collector.collect(signal);
  await expect(collect()).rejects.toMatchObject({ samples: [] });
  await expect(collect()).rejects.toMatchObject({
    message: 'no load here',
    samples: [{ metric: 'cpu_percent' }, { metric: 'cpu_core_percent' }, { metric: 'cpu_core_percent' }],
  });
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
