import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { memory } from './memory.ts';

const { signal } = new AbortController();

test('swap space that is there is told, and a percentage of none is absent', async () => {
  const machine = { total: 3000, available: 1000, used: null, free: null };
  const swapOf = async (swap: { total: number; used: number; free: number }) => {
    const system = scriptedSystem({ memory: [{ ...machine, swap }] });
    const samples = await memory.open({}, sourceSurroundings({ system })).collect(signal);
    return samples.flatMap(({ metric, value }) => (metric.startsWith('swap') ? [[metric, value]] : []));
  };
  expect(await swapOf({ total: 300, used: 100, free: 200 })).toEqual([
    ['swap_percent', 33.33],
    ['swap_total', 300],
    ['swap_used', 100],
    ['swap_free', 200],
  ]);
  expect(await swapOf({ total: 0, used: 0, free: 0 })).toEqual([
    ['swap_total', 0],
    ['swap_used', 0],
    ['swap_free', 0],
  ]);
});

test('percent is what programs cannot have; a part that the system does not tell is absent, not 0', async () => {
  const system = scriptedSystem({ memory: [{ total: 3000, available: 1000, used: null, free: 0 }] });
  expect(await memory.open({}, sourceSurroundings({ system })).collect(signal)).toEqual([
    { metric: 'memory_percent', labels: {}, value: 66.67 },
    { metric: 'memory_total', labels: {}, value: 3000 },
    { metric: 'memory_available', labels: {}, value: 1000 },
    { metric: 'memory_free', labels: {}, value: 0 },
  ]);
});

test('the limit of a container stands beside the machine, while it is below it', async () => {
  const memoryOf = async (limit: { bytes: number; usedBytes: number | null } | null) => {
    const collector = memory.open(
      {},
      sourceSurroundings({ system: scriptedSystem({ memoryLimit: [limit] }) }),
    );
    const samples = await collector.collect(signal);
    return samples.flatMap(({ metric, value }) => (metric.startsWith('cgroup_') ? [[metric, value]] : []));
  };
  expect(await memoryOf({ bytes: 2 ** 30, usedBytes: 2 ** 28 })).toEqual([
    ['cgroup_memory_percent', 25],
    ['cgroup_memory_limit', 2 ** 30],
    ['cgroup_memory_used', 2 ** 28],
  ]);
  expect(await memoryOf({ bytes: 2 ** 30, usedBytes: null })).toEqual([['cgroup_memory_limit', 2 ** 30]]);
  expect(await memoryOf({ bytes: 8 * 2 ** 30, usedBytes: 1 })).toEqual([]);
  expect(await memoryOf(null)).toEqual([]);
});
