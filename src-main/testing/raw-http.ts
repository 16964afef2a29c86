import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What came back on a connection until the other end closed it. */
export interface RawAnswer {
  text: string;
  /** Status codes of all answers, in order. */
  statuses: number[];
}

/** Sends bytes as they are and collects what comes back until the connection ends. */
export async function rawHttp(target: number | string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const socket = await opened(target);
  socket.write(bytes);
  return answerOn(socket);
}

/** An open connection to a port of this machine, or to a socket's path. */
export async function opened(target: number | string): Promise<Socket> {
  const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
  await once(socket, 'connect');
  // A reset after the answer is an end like any other.
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes until the connection ends, however it ends. */
export async function answerOn(socket: Socket): Promise<RawAnswer> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => (text += String(chunk)));
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return { text, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)) };
}
