import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint of somebody's own on this machine that answers with JSON, and remembers what it was asked. */
export class Answering implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    this.asked.push(request.headers);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.body));
  });
  readonly asked: IncomingHttpHeaders[] = [];
  readonly body: unknown;

  constructor(body: unknown) {
    this.body = body;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/status`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
