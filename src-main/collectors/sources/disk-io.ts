import { z } from 'zod';
import type { Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { labelsBy, leftOutMetric, withinBound } from './labels.ts';
import { ratesOf } from './rates.ts';
import { roundPercent, roundRate } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { DeviceCounters } from '../system/system.ts';

const counters = ['readBytes', 'writtenBytes', 'reads', 'writes'] as const;
const seriesPerDevice = counters.length + 1;

export const diskIo = defineSource({
  kind: 'disk-io',
  title: 'Disk activity',
  description:
    'What every disk reads and writes, and how busy it is. Whole devices, without their partitions.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({}),
  metrics: {
    disk_read_bytes_per_sec: {
      title: 'Disk, read',
      unit: 'bytes_per_second',
      labels: ['device'],
      help: 'Bytes read per second since the collection before.',
    },
    disk_written_bytes_per_sec: {
      title: 'Disk, written',
      unit: 'bytes_per_second',
      labels: ['device'],
      help: 'Bytes written per second since the collection before.',
    },
    disk_reads_per_sec: {
      title: 'Disk, reads',
      unit: 'per_second',
      labels: ['device'],
      help: 'Requests to read that were finished per second.',
    },
    disk_writes_per_sec: {
      title: 'Disk, writes',
      unit: 'per_second',
      labels: ['device'],
      help: 'Requests to write that were finished per second.',
    },
    disk_busy_percent: {
      title: 'Disk, busy',
      unit: 'percent',
      full: 100,
      labels: ['device'],
      help: 'Share of time in which at least one request was under way. A device that serves many at once is not full at 100. Absent outside Linux.',
    },
    ...leftOutMetric,
  },
  open(_options, { system, monotonic }) {
    const labelsOf = labelsBy('device');
    let previous: { at: number; devices: ReadonlyMap<string, DeviceCounters> } | null = null;
    function rates(devices: readonly DeviceCounters[]): Measurement[] {
      const at = monotonic();
      const before = previous;
      previous = { at, devices: new Map(devices.map((counted) => [counted.device, counted])) };
      if (before === null) return [];
      const weight = ({ readBytes, writtenBytes }: DeviceCounters) => readBytes + writtenBytes;
      const { kept, leftOut } = withinBound(devices, seriesPerDevice, weight);
      const samples = kept.flatMap((counted) => {
        const earlier = before.devices.get(counted.device);
        const grown = earlier && ratesOf(earlier, counted, counters, at - before.at);
        if (grown === undefined || grown === null) return [];
        const busy = earlier === undefined ? null : busyPercent(earlier, counted, at - before.at);
        const labels = labelsOf(counted.device);
        const sample = (metric: string, value: number) => ({ metric, labels, value });
        return [
          sample('disk_read_bytes_per_sec', Math.round(grown.readBytes)),
          sample('disk_written_bytes_per_sec', Math.round(grown.writtenBytes)),
          sample('disk_reads_per_sec', roundRate(grown.reads)),
          sample('disk_writes_per_sec', roundRate(grown.writes)),
          ...(busy === null ? [] : [sample('disk_busy_percent', busy)]),
        ];
      });
      return [...samples, ...leftOut];
    }

    return { collect: () => withRead(system.deviceCounters(), rates) };
  },
});

/** The kernel counts whole ticks, so a busy device may seem to have worked longer than the elapsed time. */
function busyPercent(before: DeviceCounters, after: DeviceCounters, elapsedMs: number): number | null {
  if (before.busyMs === null || after.busyMs === null) return null;
  const rates = ratesOf({ busyMs: before.busyMs }, { busyMs: after.busyMs }, ['busyMs'], elapsedMs);
  return rates === null ? null : Math.min(100, roundPercent(rates.busyMs / 10));
}
