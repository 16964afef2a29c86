import { setTimeout as pause } from 'node:timers/promises';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** One batch as it came. */
export interface TakenBatch {
  batch: string;
  host: string;
  backlog: boolean;
  samples: {
    source: string;
    metric: string;
    labels?: Record<string, string>;
    value: number;
    at: number;
    unit?: string;
  }[];
}

/** What to do with a request instead of answering that everything was accepted. True: it was dealt with. */
type Interfere = (response: ServerResponse, batch: TakenBatch) => boolean | Promise<boolean>;

/**
 * A hub of a few lines on a real socket: it keeps each sample once, as the real one does, can be killed and started again on
 * the same port, and misbehaves on request.
 */
export class FakeHub {
  readonly batches: TakenBatch[] = [];
  /** By series and time. */
  readonly kept = new Map<string, number>();
  readonly headers: IncomingHttpHeaders[] = [];
  interfere: Interfere = () => false;
  /** By how much its clock is ahead, milliseconds. */
  aheadMs = 0;
  #port = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.headers.push(request.headers);
        const sent = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
        void this.#take(JSON.parse(body.toString()) as TakenBatch, response);
      });
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    for (let attempt = 0; ; attempt++) {
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(this.#port, '127.0.0.1', () => resolve());
        });
        break;
      } catch (thrown) {
        if (attempt === 20) throw thrown;
        await pause(50);
      }
    }
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Ends it as a kill does: every connection is cut. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  /** Keeps what is in a batch; returns how many samples were there already. */
  keep({ host, samples }: TakenBatch): number {
    let duplicate = 0;
    for (const { source, metric, labels, value, at } of samples) {
      const key = JSON.stringify([host, source, metric, labels ?? {}, at]);
      if (this.kept.has(key)) duplicate++;
      this.kept.set(key, value);
    }
    return duplicate;
  }

  async #take(taken: TakenBatch, response: ServerResponse): Promise<void> {
    if (await this.interfere(response, taken)) return;
    this.batches.push(taken);
    const duplicate = this.keep(taken);
    const { batch, samples } = taken;
    response.setHeader('Content-Type', 'application/json');
    const accepted = samples.length - duplicate;
    const receivedAt = Date.now() + this.aheadMs;
    response.end(JSON.stringify({ batch, accepted, duplicate, rejected: 0, receivedAt, items: [] }));
  }
}
