import { once } from 'node:events';
import { isIP, connect } from 'node:net';
import type { Socket, TcpNetConnectOpts } from 'node:net';
import { checkedAddresses, lookupAmong, systemResolve } from '../base/http/lookup.ts';
import type { ResolveName } from '../base/http/lookup.ts';
import { nodeTls } from '../base/http/node-http.ts';

interface Server {
  host: string;
  port: number;
  /** From the first byte. */
  isEncrypted: boolean;
  /** Certificates to trust instead of the system's, PEM. */
  ca: string | undefined;
}

/** For looking up the name, and for connecting. */
const connectMs = 10_000;

/**
 * A connection to a server that is not asked in HTTP. The name is looked up once, and only those of its addresses are connected to that were looked
 * at: a host that leads to a cloud's metadata service is `forbidden`. (Libraries would look names up by themselves, and
 * connect to whatever they find.) Rejects with that, with what the system says, and with what the signal was aborted with.
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
      // Stands here because an environment variable could otherwise switch it off.
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
    // Where several addresses were tried, the first one's trouble stands for all.
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  }
}

/** Looking up a name cannot be ended; its result is thrown away instead. */
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
