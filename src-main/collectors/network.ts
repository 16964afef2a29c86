import { z } from 'zod';
import { defineSource } from './source-kind.ts';
import type { InterfaceCounters } from './system/system.ts';

export const network = defineSource({
  kind: 'network',
  title: 'Network',
  description:
    'What goes in and out of this machine, all network interfaces together, the loopback included.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({}),
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
  },
  open(_options, { system, monotonic }) {
    let previous: { at: number; counters: InterfaceCounters[] } | null = null;
    return {
      async collect() {
        const counters = await system.networkCounters();
        const at = monotonic();
        const rates = previous === null ? null : byteRates(previous.counters, counters, at - previous.at);
        previous = { at, counters };
        if (rates === null) return [];
        return [
          { metric: 'bytes_sent_per_sec', labels: {}, value: rates.sent },
          { metric: 'bytes_recv_per_sec', labels: {}, value: rates.received },
        ];
      },
    };
  },
});

/**
 * Bytes per second between two readings: Σ Δcounter / Δt over the interfaces that stand in both (S0's
 * `psutil.net_io_counters` sums all interfaces, loopback included, as psutil 5.9.4 does).
 *
 * An interface that came or went between the two has no difference and is left out: the others are still the whole of
 * what is there. A counter that went backwards was reset, wrapped, or belongs to a replaced interface; how much
 * passed is then unknown, and so is the total: null, since a total without it would be a false dip. Null as well when
 * no time passed or no interface stands in both.
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
