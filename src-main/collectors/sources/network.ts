import { z } from 'zod';
import type { Labels, Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { labelsBy, leftOutMetric, withinBound } from './labels.ts';
import { roundRate } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { InterfaceCounters } from '../system/system.ts';

export const network = defineSource({
  kind: 'network',
  title: 'Network',
  description:
    'What goes in and out of this machine: all network interfaces together, the loopback included, and each one.',
  intervalSeconds: 5,
  example: { name: 'network', perInterface: false },
  local: true,
  options: z.strictObject({
    perInterface: z
      .boolean()
      .default(true)
      .meta({ title: 'Each interface', description: 'Keep series for each network interface as well.' }),
  }),
  metrics: {
    bytes_sent_per_sec: {
      title: 'Sent',
      unit: 'bytes_per_second',
      help: 'Bytes sent per second since the collection before, over all interfaces.',
    },
    bytes_recv_per_sec: {
      title: 'Received',
      unit: 'bytes_per_second',
      help: 'Bytes received per second since the collection before, over all interfaces.',
    },
    interface_bytes_sent_per_sec: {
      title: 'Interface, sent',
      unit: 'bytes_per_second',
      labels: ['interface'],
      help: 'Bytes sent per second over one interface.',
    },
    interface_bytes_recv_per_sec: {
      title: 'Interface, received',
      unit: 'bytes_per_second',
      labels: ['interface'],
      help: 'Bytes received per second over one interface.',
    },
    interface_packets_sent_per_sec: {
      title: 'Interface, packets sent',
      unit: 'per_second',
      labels: ['interface'],
      help: 'Packets sent per second over one interface.',
    },
    interface_packets_recv_per_sec: {
      title: 'Interface, packets received',
      unit: 'per_second',
      labels: ['interface'],
      help: 'Packets received per second over one interface.',
    },
    interface_errors_per_sec: {
      title: 'Interface, errors',
      unit: 'per_second',
      labels: ['interface'],
      help: 'Packets per second that could not be sent or were received damaged.',
    },
    interface_drops_per_sec: {
      title: 'Interface, dropped',
      unit: 'per_second',
      labels: ['interface'],
      help: 'Packets per second that were thrown away, in both directions.',
    },
    ...leftOutMetric,
  },
  open({ perInterface }, { system, monotonic }) {
    let previous: { at: number; counters: InterfaceCounters[] } | null = null;
    const labelsOf = labelsBy('interface');
    function rates(counters: InterfaceCounters[]): Measurement[] {
      const at = monotonic();
      const before = previous;
      previous = { at, counters };
      if (before === null) return [];
      const elapsedMs = at - before.at;
      const total = byteRates(before.counters, counters, elapsedMs);
      const samples: Measurement[] = [];
      if (total !== null) {
        samples.push(
          { metric: 'bytes_sent_per_sec', labels: {}, value: total.sent },
          { metric: 'bytes_recv_per_sec', labels: {}, value: total.received },
        );
      }
      if (perInterface) samples.push(...interfaceSamples(before.counters, counters, elapsedMs, labelsOf));
      return samples;
    }

    return { collect: () => withRead(system.networkCounters(), rates) };
  },
});

/** The counters of an interface; packets are absent if the system does not report them. */
const interfaceCounts: readonly {
  metric: string;
  of(counters: InterfaceCounters): number | undefined;
  round(rate: number): number;
}[] = [
  { metric: 'interface_bytes_sent_per_sec', of: ({ sentBytes }) => sentBytes, round: Math.round },
  { metric: 'interface_bytes_recv_per_sec', of: ({ receivedBytes }) => receivedBytes, round: Math.round },
  { metric: 'interface_packets_sent_per_sec', of: ({ packets }) => packets?.sent, round: roundRate },
  { metric: 'interface_packets_recv_per_sec', of: ({ packets }) => packets?.received, round: roundRate },
  { metric: 'interface_errors_per_sec', of: ({ packets }) => packets?.errors, round: roundRate },
  { metric: 'interface_drops_per_sec', of: ({ packets }) => packets?.drops, round: roundRate },
];

function interfaceSamples(
  before: readonly InterfaceCounters[],
  after: readonly InterfaceCounters[],
  elapsedMs: number,
  labelsOf: (name: string) => Labels,
): Measurement[] {
  const earlier = new Map(before.map((counters) => [counters.name, counters]));
  const weight = ({ sentBytes, receivedBytes }: InterfaceCounters) => sentBytes + receivedBytes;
  const { kept, leftOut } = withinBound(after, interfaceCounts.length, weight);
  const samples: Measurement[] = [];
  for (const counters of kept) {
    const start = earlier.get(counters.name);
    if (start !== undefined) samples.push(...ratesOfOne(start, counters, elapsedMs, labelsOf(counters.name)));
  }
  samples.push(...leftOut);
  return samples;
}

/**
 * If any counter of an interface went backwards, it was reset or replaced, and nothing is known of it in this interval.
 */
function ratesOfOne(
  before: InterfaceCounters,
  after: InterfaceCounters,
  elapsedMs: number,
  labels: Labels,
): Measurement[] {
  if (elapsedMs <= 0) return [];
  const samples: Measurement[] = [];
  for (const { metric, of, round } of interfaceCounts) {
    const count = of(after);
    if (count === undefined) continue;
    const growth = count - (of(before) ?? NaN);
    if (!(growth >= 0)) return [];
    samples.push({ metric, labels, value: round((growth * 1000) / elapsedMs) });
  }
  return samples;
}

/**
 * Bytes per second between two readings: Σ Δcounter / Δt over the interfaces present in both (psutil 5.9.4's
 * `net_io_counters` also sums all interfaces, loopback included).
 *
 * An interface that appeared or disappeared between the two has no difference and is left out: the others are still the
 * whole traffic of what is there. If a counter went backwards, it was reset, wrapped, or belongs to a replaced
 * interface. Its traffic is then unknown, and so is the total: null, because a total without it would be a false dip.
 * Also null if no time passed or no interface is present in both.
 */
export function byteRates(
  before: readonly InterfaceCounters[],
  after: readonly InterfaceCounters[],
  elapsedMs: number,
): { sent: number; received: number } | null {
  if (elapsedMs <= 0) return null;
  const earlier = new Map(before.map((counters) => [counters.name, counters]));
  let sent = 0;
  let received = 0;
  let compared = 0;
  for (const { name, sentBytes, receivedBytes } of after) {
    const start = earlier.get(name);
    if (start === undefined) continue;
    if (sentBytes < start.sentBytes || receivedBytes < start.receivedBytes) return null;
    sent += sentBytes - start.sentBytes;
    received += receivedBytes - start.receivedBytes;
    compared++;
  }
  if (compared === 0) return null;
  return {
    sent: Math.round((sent * 1000) / elapsedMs),
    received: Math.round((received * 1000) / elapsedMs),
  };
}
