import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { byteRates, network } from './network.ts';

const { signal } = new AbortController();
const counters = (name: string, receivedBytes: number, sentBytes: number) => ({
  name,
  receivedBytes,
  sentBytes,
});

test('the first collection has no rate; after a reset one interval has none, and the next one has', async () => {
  let now = 0;
  const system = scriptedSystem({
    networkCounters: [
      [counters('eth0', 10_000, 500)],
      [counters('eth0', 20_000, 1_500)],
      [counters('eth0', 10, 5)],
      [counters('eth0', 1_010, 1_005)],
    ],
  });
  const collector = network.open(
    { perInterface: false },
    sourceSurroundings({ system, monotonic: () => (now += 2000) }),
  );
  const collected = [];
  for (let run = 0; run < 4; run++) collected.push(await collector.collect(signal));
  expect(collected).toEqual([
    [],
    [
      { metric: 'bytes_sent_per_sec', labels: {}, value: 500 },
      { metric: 'bytes_recv_per_sec', labels: {}, value: 5000 },
    ],
    [],
    [
      { metric: 'bytes_sent_per_sec', labels: {}, value: 500 },
      { metric: 'bytes_recv_per_sec', labels: {}, value: 500 },
    ],
  ]);
});

test('each interface has its own rates; one that was replaced has none for an interval', async () => {
  let now = 0;
  const packets = (received: number, errors: number) => ({ received, sent: 5, errors, drops: 0 });
  const system = scriptedSystem({
    networkCounters: [
      [
        { ...counters('eth0', 10_000, 500), packets: packets(10, 0) },
        { ...counters('veth1', 9_000, 9_000), packets: packets(10, 0) },
      ],
      [
        { ...counters('eth0', 20_000, 1_500), packets: packets(20, 1) },
        { ...counters('veth1', 9_100, 9_100), packets: packets(2, 0) },
        { ...counters('new', 9e9, 9e9), packets: packets(9, 9) },
      ],
    ],
  });
  const surroundings = sourceSurroundings({ system, monotonic: () => (now += 2000) });
  const collector = network.open({ perInterface: true }, surroundings);
  expect(await collector.collect(signal)).toEqual([]);
  const sample = (what: string, value: number) => ({
    metric: `interface_${what}_per_sec`,
    labels: { interface: 'eth0' },
    value,
  });
  expect((await collector.collect(signal)).slice(2)).toEqual([
    sample('bytes_sent', 500),
    sample('bytes_recv', 5000),
    sample('packets_sent', 0),
    sample('packets_recv', 5),
    sample('errors', 0.5),
    sample('drops', 0),
  ]);
});

test.each([
  [
    'all interfaces are summed, whole bytes',
    [counters('lo', 5, 5), counters('eth0', 10, 20)],
    [counters('eth0', 1010, 120), counters('lo', 6, 6)],
    3000,
    { sent: 34, received: 334 },
  ],
  [
    'what came or went between the two is left out',
    [counters('eth0', 10, 20), counters('gone', 9e9, 9e9)],
    [counters('eth0', 1010, 1020), counters('new', 9e9, 9e9)],
    1000,
    { sent: 1000, received: 1000 },
  ],
  [
    'a counter that wrapped makes the total unknown',
    [counters('lo', 5, 5), counters('eth0', 2 ** 32 - 1, 20)],
    [counters('lo', 6, 6), counters('eth0', 12, 120)],
    1000,
    null,
  ],
  ['a replaced interface alone', [counters('eth0', 9e9, 1)], [counters('wlan0', 9e9, 9e9)], 1000, null],
  ['no time passed', [counters('eth0', 1, 1)], [counters('eth0', 9, 9)], 0, null],
  ['time went backwards', [counters('eth0', 1, 1)], [counters('eth0', 9, 9)], -1000, null],
  [
    'hostile names',
    [counters('__proto__', 0, 0)],
    [counters('__proto__', 8, 4)],
    1000,
    { sent: 4, received: 8 },
  ],
  ['no interface at all', [], [], 1000, null],
])('%s', (_name, before, after, elapsedMs, rates) => {
  expect(byteRates(before, after, elapsedMs)).toEqual(rates);
});
