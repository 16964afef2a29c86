import { Access } from '../api/access.ts';
import { createApi } from '../api/app.ts';
import type { Carrier } from '../api/carrier.ts';
import type { Denial } from '../api/guard.ts';
import type { Scope } from '../contract/token.ts';
import { FakeMonitor } from './fake-monitor.ts';
import { HandClock } from './hand-clock.ts';

const PORT = 8888;

/** The API over a monitor without an engine, with a clock turned by hand and everything it reports. */
export class ApiDoor {
  readonly monitor: FakeMonitor;
  readonly clock = new HandClock();
  readonly access: Access;
  readonly denials: Denial[] = [];
  readonly unexpected: unknown[] = [];
  readonly app: ReturnType<typeof createApi>;
  /** Whether what is asked for comes over TLS. */
  isTls = false;

  constructor(monitor = new FakeMonitor()) {
    this.monitor = monitor;
    this.access = new Access(monitor.access, this.clock);
    this.app = createApi(monitor, this.access, {
      clock: this.clock,
      onUnexpected: (error) => this.unexpected.push(error),
      onDenied: (denial) => this.denials.push(denial),
    });
  }

  /** A request that came through a listener, from this address. */
  async ask(path: string, init: RequestInit = {}, address = '127.0.0.1'): Promise<Response> {
    const carrier: Carrier = { kind: 'listener', address, port: PORT, isTls: this.isTls };
    return this.app.request(path, init, { carrier });
  }

  /** A request of the data directory's owner, body and answer as plain data. */
  async own(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const carrier: Carrier = { kind: 'socket' };
    const init = {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await this.app.request(path, init, { carrier });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : parsed(text),
    };
  }

  /** The header of a fresh token. */
  bearer(scope: Scope): { Authorization: string } {
    return { Authorization: `Bearer ${this.access.createToken(`test ${scope}`, scope).token}` };
  }

  /** The header of a fresh session. */
  async cookie(): Promise<{ Cookie: string }> {
    const answer = await this.ask('/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: this.access.createCode().code }),
    });
    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
    return { Cookie: cookie };
  }
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}
