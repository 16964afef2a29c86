import net from 'node:net';
import type { LookupAddress } from 'node:dns';
import { z } from 'zod';
import { lookupAmong } from '../../base/http/lookup.ts';
import { systemCodeOf } from '../../contract/error.ts';
import {
  addressesOf,
  checkMetrics,
  hostSchema,
  ownNetworkError,
  patienceMs,
  placeText,
  portSchema,
  roundMs,
} from '../targets/check-target.ts';
import { defineSource } from '../source-kind.ts';

/** Checks that a port accepts connections; sends nothing. */
export const tcp = defineSource({
  kind: 'tcp',
  title: 'TCP port',
  description: 'Whether a port takes connections, and how fast. Nothing is sent to it.',
  intervalSeconds: 30,
  example: { name: 'ssh', host: 'nas.local', port: 22 },
  options: z.strictObject({ host: hostSchema, port: portSchema }),
  metrics: checkMetrics(
    'the port took the connection within 5 s',
    'From the first packet to the open connection; looking up the name is not in it.',
  ),
  asks: ({ host }) => host,
  open({ host, port }, { monotonic }) {
    return {
      async collect(signal, deadlineMs) {
        const addresses = await addressesOf(host);
        const started = monotonic();
        const code = await connectionTo(
          addresses,
          port,
          AbortSignal.any([signal, AbortSignal.timeout(patienceMs(deadlineMs))]),
        );
        const latency = monotonic() - started;
        const problem = ownNetworkError(code, placeText(host, port));
        if (problem !== undefined) throw problem;
        if (code !== undefined) return [{ metric: 'reachable', labels: {}, value: 0 }];
        return [
          { metric: 'reachable', labels: {}, value: 1 },
          { metric: 'latency_ms', labels: {}, value: roundMs(latency) },
        ];
      },
    };
  },
});

/** Connects and closes. Resolves with undefined, or with the system's code for why there was no connection. */
async function connectionTo(
  addresses: LookupAddress[],
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // Connects only to addresses that were checked.
  const socket = net.connect({ host: 'checked', port, lookup: lookupAmong(addresses), signal });
  socket.on('connect', () => resolve(undefined));
  socket.on('error', (error) => resolve(codeOf(error)));
  socket.on('close', () => resolve('ETIMEDOUT'));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** With several addresses, the code of the first one that failed because of the other side. */
function codeOf(error: Error): string {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => systemCodeOf(one) ?? 'ETIMEDOUT');
  return codes.find((code) => ownNetworkError(code, '') === undefined) ?? codes[0] ?? 'ETIMEDOUT';
}
