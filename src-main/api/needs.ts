import type { Scope } from '../monitor/state/access-store.ts';

/** What a route asks of its caller: a scope, any valid credential, or nothing. */
export type Need = Scope | 'anyone' | 'public';

function need<N extends Need>(what: N) {
  return {
    'x-needs': what,
    security: what === 'public' ? [] : [{ token: [] }, { session: [] }],
  };
}

/**
 * Spread into every `createRoute`. The guard refuses a route that declares nothing, so that forgetting it can be
 * seen at the first request and never opens a door.
 */
export const needs = {
  admin: need('admin'),
  anyone: need('anyone'),
  ingest: need('ingest'),
  public: need('public'),
  read: need('read'),
} as const;

/** Spread into routes of old clients that know no tokens: networks may be named that need none there. */
export const anonymousMay = { 'x-anonymous-may': true } as const;

/** Spread into routes whose bodies are neither JSON nor checked here: of any type, they get the bytes, without gzip. */
export const rawBody = { 'x-raw-body': true } as const;

/** What a route of the OpenAPI registry declared; undefined when it declared nothing. */
export function needOf(route: object): Need | undefined {
  const declared = 'x-needs' in route ? route['x-needs'] : undefined;
  return typeof declared === 'string' && declared in needs ? (declared as Need) : undefined;
}
