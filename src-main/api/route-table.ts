import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from './carrier.ts';
import { needOf } from './needs.ts';
import type { Need } from './needs.ts';

/** What a route declares about itself. */
export interface Declaration {
  need: Need | undefined;
  takesBody: boolean;
  /** Whether the body is optional, and whether it may be plain text instead of JSON. */
  bodyMayLack: boolean;
  bodyMayBeText: boolean;
  /** Largest body in bytes; undefined for the default limit. */
  bodyBytes: number | undefined;
  /** Largest size of a gzipped body after decompression, in bytes; undefined if gzip is refused. */
  unpackedBytes: number | undefined;
  /** Whether the route parses the raw body itself, whatever its type. */
  bodyIsRaw: boolean;
  /** Whether callers from networks named in the settings need no token. */
  anonymousMay: boolean;
}

/** `METHOD /pattern` → declaration. */
export type RouteTable = ReadonlyMap<string, Declaration>;

/** Reads the declarations of all routes from the OpenAPI registry. */
export function routeTableOf(registry: OpenAPIHono<ApiEnv>['openAPIRegistry']): RouteTable {
  const table = new Map<string, Declaration>();
  for (const definition of registry.definitions) {
    if (definition.type !== 'route') continue;
    const { route } = definition;
    const pattern = route.path.replaceAll(/\{([^}]+)\}/g, ':$1');
    table.set(`${route.method.toUpperCase()} ${pattern}`, {
      need: needOf(route),
      takesBody: route.request?.body !== undefined,
      bodyMayLack: route.request?.body?.required !== true,
      bodyMayBeText: 'text/plain' in (route.request?.body?.content ?? {}),
      bodyBytes: numberOf(route, 'x-body-bytes'),
      unpackedBytes: numberOf(route, 'x-unpacked-bytes'),
      bodyIsRaw: 'x-raw-body' in route,
      anonymousMay: 'x-anonymous-may' in route,
    });
  }
  return table;
}

/** Methods of the routes at this path, in order; empty if there is no route. */
export function methodsAt(routes: RouteTable, path: string): string[] {
  const parts = path.split('/');
  const methods = [...routes.keys()].flatMap((route) => {
    const [method = '', pattern = ''] = route.split(' ');
    const wanted = pattern.split('/');
    const fits =
      wanted.length === parts.length &&
      wanted.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]));
    return fits ? (method === 'GET' ? ['GET', 'HEAD'] : [method]) : [];
  });
  return [...new Set(methods)].sort();
}

function numberOf(route: object, key: string): number | undefined {
  const declared: unknown = Reflect.get(route, key);
  return typeof declared === 'number' ? declared : undefined;
}

/** The route that will answer, as `METHOD /pattern`; GET routes also answer HEAD. Undefined if there is none. */
export function routeOf(c: Context<ApiEnv>): string | undefined {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
  return route === undefined ? undefined : `${route.method} ${route.path}`;
}
