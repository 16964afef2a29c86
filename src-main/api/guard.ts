import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Clock } from '../base/clock.ts';
import { isWithin } from '../base/networks.ts';
import { PlimsollError } from '../contract/error.ts';
import type { ErrorCode } from '../contract/error.ts';
import { allows } from './access.ts';
import type { Access, Caller } from './access.ts';
import { BadAttempts } from './attempts.ts';
import { addressOf } from './carrier.ts';
import type { ApiEnv } from './carrier.ts';
import type { Need } from './needs.ts';
import { routeOf } from './route-table.ts';
import type { RouteTable } from './route-table.ts';

/** A refused request, for the log. It never contains the token or code that was sent. */
export interface Denial {
  address: string;
  /** Method and pattern of the route, such as `GET /api/v1/alerts/:id`. */
  route: string;
  reason: string;
}

/** A refusal with the time to wait, in seconds. */
export class Wait extends PlimsollError {
  readonly seconds: number;

  constructor(code: ErrorCode, message: string, seconds: number) {
    super(code, message, { retry: true });
    this.seconds = seconds;
  }
}

/** Browsers send a host's cookies to all its ports, so each listener needs its own cookie name. */
export function cookieName(port: number): string {
  return `plimsoll_${port}`;
}

const SHOW = 'show a session cookie or `Authorization: Bearer <token>`';

/** Authorizes every request under `/api/v1` by what its route declares. */
export class Guard {
  readonly #access: Access;
  readonly #attempts: BadAttempts;
  readonly #onDenied: (denial: Denial) => void;
  readonly #allowAnonymousFrom: () => readonly string[];
  #routes: RouteTable = new Map();

  /** `allowAnonymousFrom` returns the networks that need no token for routes which permit that. */
  constructor(
    access: Access,
    clock: Clock,
    onDenied: (denial: Denial) => void,
    allowAnonymousFrom: () => readonly string[],
  ) {
    this.#access = access;
    this.#allowAnonymousFrom = allowAnonymousFrom;
    this.#attempts = new BadAttempts(clock);
    this.#onDenied = onDenied;
  }

  /** Sets the declarations once all routes exist. The guard refuses routes it does not know. */
  learn(routes: RouteTable): void {
    this.#routes = routes;
  }

  readonly middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const route = routeOf(c);
    // No route to protect: the answer is 404 for every caller.
    if (route === undefined) return next();
    const { need, anonymousMay = false } = this.#routes.get(route) ?? {};
    if (need === undefined) throw new Error(`${route} does not declare what it needs`);
    if (need !== 'public') {
      const caller = (anonymousMay ? this.#anonymous(c, need) : undefined) ?? this.#identify(c);
      if (need !== 'anyone' && !allows(caller.scope, need)) {
        this.#report(c, `needs ${need}, has ${caller.scope}`);
        throw new PlimsollError('forbidden', `this needs the scope ${need}; the token has ${caller.scope}`);
      }
      c.set('caller', caller);
    }
    return next();
  };

  /** The authenticated caller. Only for routes that require one. */
  callerOf(c: Context<ApiEnv>): Caller {
    const caller = c.get('caller');
    if (caller === undefined) throw new Error('asked for the caller of a public route');
    return caller;
  }

  /** Counts a bad token or code and returns the error to throw: 401, or 429 after too many. */
  badAttempt(c: Context<ApiEnv>, reason: 'bad token' | 'bad code'): PlimsollError {
    const seconds = this.#attempts.add(addressOf(c.env.carrier));
    this.#report(c, reason);
    if (seconds > 0) {
      return new Wait(
        'too_many_requests',
        `too many bad attempts from this address; wait ${seconds} s`,
        seconds,
      );
    }
    const mend =
      reason === 'bad code'
        ? 'the code is wrong, was used already, or is older than ten minutes; ask for a fresh one'
        : `the token is not known, or not good any more; ${SHOW}`;
    return new PlimsollError('unauthorized', mend);
  }

  /** A caller without a token, from a network that needs none. If a token is sent, it decides instead. */
  #anonymous(c: Context<ApiEnv>, need: Need): Caller | undefined {
    const { carrier } = c.env;
    const networks = this.#allowAnonymousFrom();
    if (networks.length === 0 || carrier.kind !== 'listener') return undefined;
    if (c.req.header('authorization') !== undefined || !isWithin(carrier.address, networks)) return undefined;
    const scope = need === 'ingest' ? 'ingest' : 'read';
    return { by: 'anonymous', scope, id: carrier.address, name: null, host: null };
  }

  #identify(c: Context<ApiEnv>): Caller {
    const { carrier } = c.env;
    if (carrier.kind !== 'listener')
      return { by: carrier.kind, scope: 'admin', id: carrier.kind, name: null, host: null };
    const header = c.req.header('authorization');
    if (header !== undefined) {
      const caller = this.#access.bearer(header);
      if (caller === undefined) throw this.badAttempt(c, 'bad token');
      return caller;
    }
    const cookie = getCookie(c, cookieName(carrier.port));
    const caller = cookie === undefined ? undefined : this.#access.session(cookie);
    if (caller !== undefined) return caller;
    // Every browser sends an expired cookie after 30 days: refused, but not counted as an attack.
    this.#report(c, cookie === undefined ? 'nothing shown' : 'session over');
    throw new PlimsollError(
      'unauthorized',
      cookie === undefined ? SHOW : 'the session is over; sign in again',
    );
  }

  #report(c: Context<ApiEnv>, reason: string): void {
    this.#onDenied({ address: addressOf(c.env.carrier), route: routeOf(c) ?? c.req.method, reason });
  }
}
