import type { Scope } from '../contract/token.ts';

/** What a route requires of its caller: a scope, any valid credential, or nothing. */
export type Need = Scope | 'anyone' | 'public';

function need<N extends Need>(what: N) {
  return {
    'x-needs': what,
    security: what === 'public' ? [] : [{ token: [] }, { session: [] }],
  };
}

/**
 * Spread into every `createRoute`. The guard refuses a route without a declaration, so a forgotten one fails at the
 * first request and never leaves the route unprotected.
 */
export const needs = {
  admin: need('admin'),
  anyone: need('anyone'),
  ingest: need('ingest'),
  public: need('public'),
  read: need('read'),
} as const;

/** Spread into routes for old clients without tokens: the settings can name networks that need none there. */
export const anonymousMay = { 'x-anonymous-may': true } as const;

/** Spread into routes that get the raw bytes of the body, of any type, after gzip is removed. */
export const rawBody = { 'x-raw-body': true } as const;

/** What a route in the OpenAPI registry requires; undefined if it declares nothing. */
export function needOf(route: object): Need | undefined {
  const declared = 'x-needs' in route ? route['x-needs'] : undefined;
  return typeof declared === 'string' && declared in needs ? (declared as Need) : undefined;
}
