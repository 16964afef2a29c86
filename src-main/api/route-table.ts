import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from './carrier.ts';
import { needOf } from './needs.ts';
import type { Need } from './needs.ts';

/** What a route declared about itself. */
export interface Declaration {
  need: Need | undefined;
  /** Whether it takes a body. */
  takesBody: boolean;
  /** Whether it can do without the body that it takes, and whether that may be plain text instead of JSON. */
  bodyMayLack: boolean;
  bodyMayBeText: boolean;
  /** How large its body may be, in bytes; undefined for the usual bound. */
  bodyBytes: number | undefined;
  /** How large a body may become that was packed with gzip, in bytes; undefined where none may be packed. */
  unpackedBytes: number | undefined;
  /** Whether its body is of a type of its own, which it reads itself. */
  bodyIsRaw: boolean;
  /** Whether it needs no token from networks that the settings name. */
  anonymousMay: boolean;
}

/** `METHOD /pattern` → declaration. */
export type RouteTable = ReadonlyMap<string, Declaration>;

/** Reads from the OpenAPI registry what every route declared. */
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

/** The methods that routes at this path have, in order; none where there is no route. */
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

/** The route that will answer, as `METHOD /pattern`; HEAD is answered by GET's. Undefined where none will. */
export function routeOf(c: Context<ApiEnv>): string | undefined {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
  return route === undefined ? undefined : `${route.method} ${route.path}`;
}
