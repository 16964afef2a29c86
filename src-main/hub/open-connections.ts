import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** The longest time that a Node timer can be set for. */
const hardlyEverMs = 2 ** 31 - 1;

type ConnectionLimits = Pick<Limits, 'connections' | 'pipelined' | 'idleMs'>;

/**
 * The connections of a server, within limits: how many there are, how many requests of one wait for their answers, and how long
 * nothing may move. While there is none, Node looks for slow ones no more; else every `checkEveryMs`.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  /** How many requests of a connection are unanswered. */
  readonly #unanswered = new WeakMap<Socket, number>();
  #count = 0;

  constructor(server: Server, limits: ConnectionLimits, checkEveryMs: number) {
    this.#limits = limits;
    server.maxConnections = 4 * limits.connections;
    const restCheck = checkWhileConnected(server, checkEveryMs);
    server.on('connection', (socket: Socket) => {
      if (this.#count++ === 0) restCheck(false);
      socket.once('close', () => {
        if (--this.#count === 0) restCheck(true);
      });
    });
    // An inactive connection is kept while an answer is being computed, but not while an answer waits to be read.
    server.timeout = limits.idleMs;
    server.on('timeout', (socket: Socket) => {
      const isAwaited = (this.#unanswered.get(socket) ?? 0) > 0 && socket.writableLength === 0;
      if (!isAwaited) socket.destroy();
    });
  }

  get areTooMany(): boolean {
    return this.#count > this.#limits.connections;
  }

  /** A request came. Who sends one after the other without waiting for answers is not read while too many wait. */
  await(socket: Socket, outgoing: ServerResponse): void {
    const { pipelined } = this.#limits;
    const before = this.#unanswered.get(socket) ?? 0;
    this.#unanswered.set(socket, before + 1);
    if (before >= pipelined) socket.pause();
    outgoing.once('close', () => {
      const left = (this.#unanswered.get(socket) ?? 1) - 1;
      this.#unanswered.set(socket, left);
      if (left === pipelined && !socket.destroyed) socket.resume();
    });
  }
}

/**
 * Node checks for slow connections with a timer that also runs while nobody is connected, and wakes an unused Plimsoll
 * as often as its sources do. Node restarts that timer in its `listening` handler. Calling this handler here sets the
 * interval to practically never while nobody is connected (`rests`), and back when somebody is. If a version of Node
 * works differently, its timer simply keeps running.
 */
function checkWhileConnected(server: Server, everyMs: number): (rests: boolean) => void {
  const wind = server.listeners('listening').find(({ name }) => name === 'setupConnectionsTracking');
  if (wind === undefined) return () => undefined;
  const rest = (rests: boolean): void => {
    Object.assign(server, { connectionsCheckingInterval: rests ? hardlyEverMs : everyMs });
    if (server.listening) wind.call(server);
  };
  rest(true);
  return rest;
}
