import { securityHeaders } from '../hub/security-headers.ts';
import type { StaticFiles } from '../hub/static-files.ts';

export const scheme = 'plimsoll';
/** The only document of the interface. No file or server can have this origin. */
const page = `${scheme}://app/index.html`;

/** Address of the interface at a route such as `#/alerts`. */
export function addressOf(route: string): string {
  return page + route;
}

/** Whether an address is the interface's document, at any route. */
export function isPage(address: string): boolean {
  return address.split('#', 1)[0] === page;
}

/** Answers a window's request with a file of the interface and the headers of every answer, or 404. */
export function answer(files: Pick<StaticFiles, 'answer'>, request: Request): Response {
  const isOurs = isInterface(request.url);
  const found = isOurs ? files.answer(request) : undefined;
  const response = found ?? new Response('There is nothing here.\n', { status: 404 });
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value);
  return response;
}

/** Whether an address belongs to the interface. */
export function isInterface(address: string): boolean {
  const url = URL.parse(address);
  return (
    url !== null &&
    url.protocol === `${scheme}:` &&
    url.host === 'app' &&
    url.username === '' &&
    url.password === ''
  );
}
