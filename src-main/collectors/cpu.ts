import { z } from 'zod';
import { roundPercent } from './rounding.ts';
import { defineSource } from './source-kind.ts';
import type { CpuTimes } from './system/system.ts';

/**
 * Idle time may go back by a rounding error while busy time advances by this much more; the processor was then busy all
 * the time. What goes back further was reset.
 */
const idleJitter = 0.02;

export const cpu = defineSource({
  kind: 'cpu',
  title: 'CPU',
  description: 'How busy the processors of this machine are, all cores together.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({}),
  metrics: {
    cpu_percent: {
      title: 'CPU',
      unit: 'percent',
      full: 100,
      help: 'Share of processor time spent working since the collection before: 100 means that all cores are busy. Waiting for disks counts as idle.',
    },
  },
  open(_options, { system }) {
    let previous: CpuTimes | null = null;
    return {
      async collect() {
        const times = await system.cpuTimes();
        const percent = previous === null ? null : busyPercent(previous, times);
        previous = times;
        return percent === null ? [] : [{ metric: 'cpu_percent', labels: {}, value: percent }];
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
