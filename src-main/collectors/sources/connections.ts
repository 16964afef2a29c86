import { z } from 'zod';
import type { Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { inParts } from './in-parts.ts';
import { defineSource } from '../source-kind.ts';

/** The kernel walks its whole table for this: asking every second would cost more than everything else. */
const statesEveryMs = 60_000;

export const connections = defineSource({
  kind: 'connections',
  title: 'Connections',
  description: 'How many network connections this machine has.',
  intervalSeconds: 5,
  example: { name: 'connections', tcpStates: true },
  local: true,
  options: z.strictObject({
    tcpStates: z.boolean().default(false).meta({
      title: 'States of TCP',
      description: 'Count connections by state as well, at most once a minute.',
    }),
  }),
  metrics: {
    connections_total: {
      title: 'Connections',
      unit: 'count',
      help: 'TCP and UDP sockets in use, those that listen included. TCP connections that have ended and only wait for late packets are not.',
    },
    protocol_connections: {
      title: 'Connections by protocol',
      unit: 'count',
      labels: ['protocol'],
      help: 'The same for `tcp` and `udp`.',
    },
    tcp_connections: {
      title: 'TCP connections by state',
      unit: 'count',
      labels: ['state'],
      help: 'TCP sockets in each state that at least one is in, such as `established` or `time_wait`. Only when asked for; counted at most once a minute.',
    },
  },
  open({ tcpStates }, { system, monotonic }) {
    let statesAt = Number.NEGATIVE_INFINITY;

    const total = () =>
      withRead(system.connections(), ({ tcp, udp }) => [
        { metric: 'connections_total', labels: {}, value: tcp + udp },
        { metric: 'protocol_connections', labels: { protocol: 'tcp' }, value: tcp },
        { metric: 'protocol_connections', labels: { protocol: 'udp' }, value: udp },
      ]);

    function states(): Promise<Measurement[]> | Measurement[] {
      const now = monotonic();
      if (now - statesAt < statesEveryMs) return [];
      statesAt = now;
      return withRead(system.tcpStates(), (counts) =>
        [...counts].map(([state, value]) => ({ metric: 'tcp_connections', labels: { state }, value })),
      );
    }

    return { collect: () => inParts(tcpStates ? [total, states] : [total]) };
  },
});
