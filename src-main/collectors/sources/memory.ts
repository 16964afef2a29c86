import { z } from 'zod';
import type { Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { inParts } from './in-parts.ts';
import { roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';

export const memory = defineSource({
  kind: 'memory',
  title: 'Memory',
  description: 'The main memory of this machine, and its swap space.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({}),
  metrics: {
    memory_percent: {
      title: 'Memory',
      unit: 'percent',
      full: 100,
      help: 'Share of memory that programs could not have at once without swapping: (total − available) / total.',
    },
    memory_total: {
      title: 'Memory, total',
      unit: 'bytes',
      help: 'Memory that the operating system can use.',
    },
    memory_used: {
      title: 'Memory, used',
      unit: 'bytes',
      help: 'Memory in use, without buffers and caches that are given back when they are needed.',
    },
    memory_available: {
      title: 'Memory, available',
      unit: 'bytes',
      help: 'Memory that programs can still have without swapping; caches that can be given back count.',
    },
    memory_free: {
      title: 'Memory, free',
      unit: 'bytes',
      help: 'Memory that nothing uses, not even a cache.',
    },
    swap_percent: {
      title: 'Swap',
      unit: 'percent',
      full: 100,
      help: 'Share of the swap space that is in use. Absent without swap space.',
    },
    swap_total: { title: 'Swap, total', unit: 'bytes', help: 'Swap space; 0 where there is none.' },
    swap_used: { title: 'Swap, used', unit: 'bytes', help: 'Swap space in use.' },
    swap_free: { title: 'Swap, free', unit: 'bytes', help: 'Swap space that nothing uses.' },
    cgroup_memory_percent: {
      title: 'Memory of the container',
      unit: 'percent',
      full: 100,
      help: 'Share of the limit that is in use by the container or service that Plimsoll runs in. Absent without a limit below the memory of the machine, and outside Linux.',
    },
    cgroup_memory_limit: {
      title: 'Memory of the container, limit',
      unit: 'bytes',
      help: 'What that container or service may have. Absent without such a limit.',
    },
    cgroup_memory_used: {
      title: 'Memory of the container, used',
      unit: 'bytes',
      help: 'What it has, without pages of files that can be given back. Absent without such a limit.',
    },
  },
  open(_options, { system }) {
    let total = 0;

    /** Percent as psutil 5.9.4 (`virtual_memory().percent`): 100 × (total − available) / total. */
    const machine = () =>
      withRead(system.memory(), ({ available, used, free, swap, ...memory }) => {
        total = memory.total;
        return present([
          ['memory_percent', roundPercent((100 * (total - available)) / total)],
          ['memory_total', total],
          ['memory_used', used],
          ['memory_available', available],
          ['memory_free', free],
          ['swap_percent', swap && swap.total > 0 ? roundPercent((100 * swap.used) / swap.total) : null],
          ['swap_total', swap?.total ?? null],
          ['swap_used', swap?.used ?? null],
          ['swap_free', swap?.free ?? null],
        ]);
      });

    function group(): Measurement[] {
      const limit = system.memoryLimit();
      if (limit === null || limit.bytes >= total) return [];
      const { bytes, usedBytes } = limit;
      return present([
        ['cgroup_memory_percent', usedBytes === null ? null : roundPercent((100 * usedBytes) / bytes)],
        ['cgroup_memory_limit', bytes],
        ['cgroup_memory_used', usedBytes],
      ]);
    }

    return { collect: () => inParts([machine, group]) };
  },
});

function present(values: readonly (readonly [metric: string, value: number | null])[]): Measurement[] {
  const samples: Measurement[] = [];
  for (const [metric, value] of values) if (value !== null) samples.push({ metric, labels: {}, value });
  return samples;
}
