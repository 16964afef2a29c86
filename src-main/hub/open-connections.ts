import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** The longest that a timer of Node can be set for. */
const hardlyEverMs = 2 ** 31 - 1;

type ConnectionLimits = Pick<Limits, 'connections' | 'pipelined' | 'idleMs'>;

/**
 * The connections of a server, within limits: how many there are, how many requests of one wait for their answers, and how long
 * nothing may move. While there is none, Node looks for slow ones no more; else every `checkEveryMs`.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  /** How many requests of a connection are not answered yet. */
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
    // A connection on which nothing moves is kept while an answer is being made, and not while one waits for being read.
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
 * Node looks for connections that are too slow by a timer that rings whether somebody is connected or not, and wakes a Plimsoll that
 * nobody asks as often as its sources do. It winds that timer whenever the server is told that it listens: so it is wound for ever
 * while nobody is connected (`rests`), and anew when somebody is. Where Node does it in another way, its timer rings always.
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
