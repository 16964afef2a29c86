import { z } from 'zod';
import type { Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { inParts } from './in-parts.ts';
import { labelsBy, leftOutMetric, withinBound } from './labels.ts';
import { roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { CpuLimit, CpuTimes } from '../system/system.ts';

/**
 * Idle time may go back by a rounding error while busy time advances by this much more; the processor was then busy all
 * the time. A larger step back means that the counter was reset.
 */
const idleJitter = 0.02;

const loadMetrics = ['load_1', 'load_5', 'load_15'] as const;

export const cpu = defineSource({
  kind: 'cpu',
  title: 'CPU',
  description: 'How busy the processors of this machine are: all cores together and each one, and the load.',
  intervalSeconds: 5,
  example: { name: 'cpu', perCore: false },
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
    cgroup_cpu_percent: {
      title: 'CPU of the container',
      unit: 'percent',
      full: 100,
      help: 'Share of the limit on processor time that is used by the container or service that Plimsoll runs in. Absent without a limit below the cores of the machine, and outside Linux.',
    },
    cgroup_cpu_limit_cores: {
      title: 'CPU of the container, limit',
      unit: 'none',
      help: 'How many cores that container or service may keep busy; 1.5 is one and a half. Absent without such a limit.',
    },
    cgroup_cpu_throttled_percent: {
      title: 'CPU of the container, throttled',
      unit: 'percent',
      full: 100,
      help: 'Share of the periods (mostly of a tenth of a second) in which its time ran out and it had to wait. Absent without such a limit, and while it rested.',
    },
    ...leftOutMetric,
  },
  open({ perCore }, { system, monotonic }) {
    let allBefore: CpuTimes | null = null;
    let coresBefore: ReadonlyMap<string, CpuTimes> = new Map();
    let limitBefore: (CpuLimit & { at: number }) | null = null;
    let first = true;
    const labelsOf = labelsBy('core');

    const all = () =>
      withRead(system.cpuTimes(), (times) => {
        const percent = allBefore === null ? null : busyPercent(allBefore, times);
        allBefore = times;
        return percent === null ? [] : [{ metric: 'cpu_percent', labels: {}, value: percent }];
      });

    const eachCore = () =>
      withRead(system.coreTimes(), (cores) => {
        const before = coresBefore;
        coresBefore = new Map(cores.map((times) => [times.core, times]));
        const { kept, leftOut } = withinBound(cores, 1, ({ busy }) => busy);
        const samples: Measurement[] = [];
        for (const times of kept) {
          const earlier = before.get(times.core);
          const percent = earlier === undefined ? null : busyPercent(earlier, times);
          if (percent !== null)
            samples.push({ metric: 'cpu_core_percent', labels: labelsOf(times.core), value: percent });
        }
        samples.push(...leftOut);
        return samples;
      });

    function group(): Promise<Measurement[]> | Measurement[] {
      const at = monotonic();
      const limit = system.cpuLimit();
      const before = limitBefore;
      limitBefore = limit === null ? null : { ...limit, at };
      if (limit === null) return [];
      return withRead(system.coreTimes(), ({ length: cores }) => {
        if (limit.cores >= cores) return [];
        const values: [metric: string, value: number | null][] = [
          ['cgroup_cpu_percent', before === null ? null : shareOfLimit(before, limit, at - before.at)],
          ['cgroup_cpu_limit_cores', limit.cores],
          ['cgroup_cpu_throttled_percent', before === null ? null : throttledPercent(before, limit)],
        ];
        return values.flatMap(([metric, value]) => (value === null ? [] : [{ metric, labels: {}, value }]));
      });
    }

    const load = () =>
      withRead(system.loadAverages(), (averages) =>
        averages === null
          ? []
          : loadMetrics.map((metric, place) => ({ metric, labels: {}, value: averages[place] ?? NaN })),
      );

    const parts = perCore ? [all, eachCore, group, load] : [all, group, load];
    return {
      collect: () =>
        withRead(inParts(parts), (samples) => {
          // A first reading without its rates would seem complete, and the second would come only a whole interval
          // later.
          if (!first) return samples;
          first = false;
          return [];
        }),
    };
  },
});

/**
 * 100 × Δbusy / Δtotal between two readings, as psutil 5.9.4 (`cpu_percent`), which also treats a small step back of
 * idle time as no step. Null if no time was counted or a counter was reset.
 */
export function busyPercent(before: CpuTimes, after: CpuTimes): number | null {
  const busy = after.busy - before.busy;
  const idle = after.total - before.total - busy;
  if (busy < 0 || idle < -idleJitter * busy) return null;
  const total = busy + Math.max(0, idle);
  return total > 0 ? roundPercent((100 * busy) / total) : null;
}

/** 100 × Δused / (Δt × cores). Null if the counter was reset, for example by a move to another group. */
function shareOfLimit(before: CpuLimit, after: CpuLimit, elapsedMs: number): number | null {
  if (before.usedMs === null || after.usedMs === null || elapsedMs <= 0) return null;
  const usedMs = after.usedMs - before.usedMs;
  return usedMs < 0 ? null : roundPercent((100 * usedMs) / (elapsedMs * after.cores));
}

function throttledPercent({ periods: before }: CpuLimit, { periods: after }: CpuLimit): number | null {
  if (before === null || after === null) return null;
  const all = after.all - before.all;
  const throttled = after.throttled - before.throttled;
  return all <= 0 || throttled < 0 ? null : roundPercent((100 * throttled) / all);
}
