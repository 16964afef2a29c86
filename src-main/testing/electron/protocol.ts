import type * as Electron from 'electron';
import { answer } from './display-line.ts';
import type { Like } from './like.ts';

type Handler = (request: Request) => Response | Promise<Response>;
const handlers = new Map<string, Handler>();

export const protocol = {
  privileged: [] as Electron.CustomScheme[],

  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    protocol.privileged.push(...schemes);
  },

  handle(scheme: string, handler: Handler): void {
    if (handlers.has(scheme)) throw new Error(`The scheme has been registered: ${scheme}`);
    handlers.set(scheme, handler);
  },

  unhandle(scheme: string): void {
    handlers.delete(scheme);
  },

  isProtocolHandled(scheme: string): boolean {
    return handlers.has(scheme);
  },
};
protocol satisfies Like<Electron.Protocol, 'handle'>;

answer({
  async fetch({ url, method, headers, body }) {
    const handler = handlers.get(new URL(url).protocol.replace(/:$/, ''));
    if (handler === undefined) return null;
    const init = body === null || method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.from(body) };
    const response = await handler(new Request(url, { method, headers, ...init }));
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  },
});
