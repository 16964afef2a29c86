import { once } from 'node:events';
import { isIP, connect } from 'node:net';
import type { Socket, TcpNetConnectOpts } from 'node:net';
import { checkedAddresses, lookupAmong, systemResolve } from '../base/http/lookup.ts';
import type { ResolveName } from '../base/http/lookup.ts';
import { nodeTls } from '../base/http/node-http.ts';

interface Server {
  host: string;
  port: number;
  /** From the first byte on. */
  isEncrypted: boolean;
  /** Certificates to trust instead of the system's, in PEM format. */
  ca: string | undefined;
}

/** The limit for looking up the name and connecting. */
const connectMs = 10_000;

/**
 * Connects to a server that does not use HTTP. The name is looked up once, and only addresses that passed the check are
 * used: a host that resolves to a cloud's metadata service is `forbidden`. (Libraries would look names up themselves
 * and connect to any address.) Rejects with that error, the system's error, or the reason of the aborted signal.
 */
export async function checkedSocket(
  { host, port, isEncrypted, ca }: Server,
  signal: AbortSignal,
  resolve: ResolveName = systemResolve,
): Promise<Socket> {
  const tooLate = AbortSignal.timeout(connectMs);
  const ending = AbortSignal.any([signal, tooLate]);
  let socket: Socket | undefined;
  try {
    const place = `${host}:${String(port)}`;
    const addresses = await untilAborted(checkedAddresses(host, place, 'allowed', resolve), ending);
    const where: TcpNetConnectOpts = { host, port, lookup: lookupAmong(addresses) };
    const encryption = {
      // Explicit, because an environment variable could otherwise switch it off.
      rejectUnauthorized: true,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
    };
    socket = isEncrypted ? nodeTls().connect({ ...where, ...encryption }) : connect(where);
    await once(socket, isEncrypted ? 'secureConnect' : 'connect', { signal: ending });
    return socket;
  } catch (thrown) {
    socket?.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    if (tooLate.aborted)
      throw Object.assign(new Error('too late'), { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' });
    // If several addresses were tried, the first one's error represents all.
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  }
}

/** A name look-up cannot be cancelled; its result is discarded instead. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
