import { z } from 'zod';
import type { Measurement } from '../../contract/sample.ts';
import { inParts } from './in-parts.ts';
import { leftOutMetric, withinBound } from './labels.ts';
import { roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { CpuTimes } from '../system/system.ts';

/**
 * Idle time may go back by a rounding error while busy time advances by this much more; the processor was then busy all
 * the time. What goes back further was reset.
 */
const idleJitter = 0.02;

export const cpu = defineSource({
  kind: 'cpu',
  title: 'CPU',
  description: 'How busy the processors of this machine are: all cores together and each one, and the load.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({
    perCore: z
      .boolean()
      .default(true)
      .meta({ title: 'Each core', description: 'Keep a series for each core as well.' }),
  }),
  metrics: {
    cpu_percent: {
      title: 'CPU',
      unit: 'percent',
      full: 100,
      help: 'Share of processor time spent working since the collection before: 100 means that all cores are busy. Waiting for disks counts as idle.',
    },
    cpu_core_percent: {
      title: 'CPU core',
      unit: 'percent',
      full: 100,
      labels: ['core'],
      help: 'The same for one core.',
    },
    load_1: {
      title: 'Load, 1 min',
      unit: 'none',
      help: 'How many tasks ran or waited to run, on average over the last minute. Absent on Windows.',
    },
    load_5: { title: 'Load, 5 min', unit: 'none', help: 'The same over five minutes.' },
    load_15: { title: 'Load, 15 min', unit: 'none', help: 'The same over fifteen minutes.' },
    ...leftOutMetric,
  },
  open({ perCore }, { system }) {
    let allBefore: CpuTimes | null = null;
    let coresBefore: ReadonlyMap<string, CpuTimes> = new Map();
    let first = true;

    async function all(): Promise<Measurement[]> {
      const times = await system.cpuTimes();
      const percent = allBefore === null ? null : busyPercent(allBefore, times);
      allBefore = times;
      return percent === null ? [] : [{ metric: 'cpu_percent', labels: {}, value: percent }];
    }

    async function eachCore(): Promise<Measurement[]> {
      const cores = await system.coreTimes();
      const before = coresBefore;
      coresBefore = new Map(cores.map((times) => [times.core, times]));
      const { kept, leftOut } = withinBound(cores, 1, ({ busy }) => busy);
      const samples = kept.flatMap((times) => {
        const earlier = before.get(times.core);
        const percent = earlier === undefined ? null : busyPercent(earlier, times);
        if (percent === null) return [];
        return [{ metric: 'cpu_core_percent', labels: { core: times.core }, value: percent }];
      });
      return [...samples, ...leftOut];
    }

    async function load(): Promise<Measurement[]> {
      const averages = await system.loadAverages();
      if (averages === null) return [];
      return [1, 5, 15].map((minutes, place) => ({
        metric: `load_${minutes}`,
        labels: {},
        value: averages[place] ?? NaN,
      }));
    }

    return {
      async collect() {
        const samples = await inParts(perCore ? [all, eachCore, load] : [all, load]);
        // A first reading without its rates would seem complete, and the second would come a whole interval later.
        if (!first) return samples;
        first = false;
        return [];
      },
    };
  },
});

/**
 * 100 × Δbusy / Δtotal between two readings, as psutil 5.9.4 (`cpu_percent`), which also takes a small step back of idle
 * time for no step. Null where it can not be known: no time was counted, or a counter was reset.
 */
export function busyPercent(before: CpuTimes, after: CpuTimes): number | null {
  const busy = after.busy - before.busy;
  const idle = after.total - before.total - busy;
  if (busy < 0 || idle < -idleJitter * busy) return null;
  const total = busy + Math.max(0, idle);
  return total > 0 ? roundPercent((100 * busy) / total) : null;
}
