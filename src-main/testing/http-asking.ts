import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { PlimsollError } from '../contract/error.ts';
import { httpServer } from './loopback.ts';
import { httpRequest } from '../base/http/client.ts';
import type { HttpRequest, HttpSurroundings } from '../base/http/client.ts';

type Asked = Partial<HttpRequest> & { url: string };

/** Asks as the collectors do where private addresses are allowed. Throws as `httpRequest` does. */
export const ask = (request: Asked, surroundings?: HttpSurroundings) =>
  httpRequest({ privateAddresses: 'allowed', ...request }, surroundings);

/** The body of an answer as text. */
export const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString();

/** What a request is refused or fails with. */
export async function failure(request: Asked, surroundings?: HttpSurroundings): Promise<PlimsollError> {
  const thrown: unknown = await ask(request, surroundings).then(
    (answer) => `answered ${answer.status}`,
    (error: unknown) => error,
  );
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`, { cause: thrown });
}

/** Names lead where a test says; what was looked up is noted. */
export function names(leads: Record<string, string[]>) {
  const asked: string[] = [];
  const resolve = (name: string): Promise<LookupAddress[]> => {
    asked.push(name);
    const addresses = leads[name];
    if (addresses === undefined) return Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, resolve };
}

/** A server that redirects as a path says, `/301?<target>`, and otherwise tells what it was sent. */
export async function redirector(): Promise<string> {
  return httpServer(async (request, response) => {
    const body = await bodyOf(request);
    const [, status, target] = /^\/(3\d\d)\?(.*)$/.exec(request.url ?? '') ?? [];
    if (status !== undefined && target !== undefined)
      return response.writeHead(Number(status), { location: decodeURIComponent(target) }).end('moved');
    return response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
  });
}

/** The whole body of a request that a server got. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

interface Told {
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** What the server of `redirector` says that it was sent. */
export const toldTo = (answer: { body: Uint8Array }) => JSON.parse(textOf(answer)) as Told;
