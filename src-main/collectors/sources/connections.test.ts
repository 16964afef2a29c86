import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { connections } from './connections.ts';

const { signal } = new AbortController();
const totals = [
  { metric: 'connections_total', labels: {}, value: 9 },
  { metric: 'protocol_connections', labels: { protocol: 'tcp' }, value: 7 },
  { metric: 'protocol_connections', labels: { protocol: 'udp' }, value: 2 },
];

test('states are counted when asked for, and once a minute at most', async () => {
  let now = 0;
  const system = scriptedSystem({
    connections: [{ tcp: 7, udp: 2 }],
    tcpStates: [new Map([['listen', 3]]), new Map([['listen', 4]])],
  });
  const surroundings = sourceSurroundings({ system, monotonic: () => now });
  const collector = connections.open({ tcpStates: true }, surroundings);
  const states = (value: number) => ({ metric: 'tcp_connections', labels: { state: 'listen' }, value });
  expect(await collector.collect(signal)).toEqual([...totals, states(3)]);
  now = 59_000;
  expect(await collector.collect(signal)).toEqual(totals);
  now = 60_000;
  expect(await collector.collect(signal)).toEqual([...totals, states(4)]);
  expect(await connections.open({ tcpStates: false }, surroundings).collect(signal)).toEqual(totals);
});
