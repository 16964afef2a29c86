import { createHash, createHmac, hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccessStore, Scope, TokenView } from '../monitor/state/access-store.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';

/** Codes are typed or followed at once; ten minutes are enough to find the browser. */
export const CODE_LIFETIME_MS = 10 * 60_000;
export const SESSION_LIFETIME_MS = 30 * 86_400_000;
/** Codes that nobody used are dropped, oldest first, beyond this number. */
const CODES_AT_MOST = 16;
/** A token's "last used" is for people: once a minute is enough and spares a commit with each request. */
const TOUCH_EVERY_MS = 60_000;
/** As many as a hub has hosts, and some. */
const FOUND_AT_MOST = 5000;
const FOUND_MS = 1000;

const TOKEN_SHAPE = /^plim_[A-Za-z0-9_-]{43}$/;
const SECRET_SHAPE = /^[A-Za-z0-9_-]{43}$/;
const CODE_SHAPE = /^[A-Za-z0-9_-]{22}$/;

/** Who is asking, once that is known. `id` names a token, or the hash of a session. */
export interface Caller {
  by: 'socket' | 'window' | 'session' | 'token' | 'anonymous';
  scope: Scope;
  id: string;
  /** The token's name; null for everybody else. */
  name: string | null;
  /** The one host whose samples it may send; null for any. */
  host: string | null;
}

/** What a token may be bound to, besides its scope. */
export interface TokenBounds {
  host?: string | null | undefined;
  /** Epoch milliseconds. */
  expiresAt?: number | null | undefined;
  /** As of `TokenView`. */
  useBy?: number | null | undefined;
}

/**
 * Who may come in: one-time codes, sessions and tokens. Only hashes are stored; what is secret is 128 or 256 random
 * bits, so that looking a hash up in an index tells nothing about the secret, however long it takes.
 */
export class Access {
  readonly #store: AccessStore;
  readonly #clock: Clock;
  /** Hashes of codes with the monotonic time at which they end. */
  readonly #codes: { hash: Buffer; endsAt: number }[] = [];
  readonly #touched = new Map<string, number>();
  /**
   * Tokens as the store has them, by hash; begun anew when one is changed, and after a second, because other hubs change them as well.
   * That one was used is known from `#touched`.
   */
  readonly #found = new Map<string, TokenView>();
  #foundSince = 0;
  /**
   * Hashes of these, by the header with which each was shown first: hashing it for each post costs as much as reading half of one. A map
   * finds a text by a hash with a secret of this process, and compares texts only where these are the same.
   */
  readonly #shown = new Map<string, string>();
  readonly #sessionKey: string | undefined;
  readonly #watchers = new Map<string, Set<() => void>>();

  /**
   * Sessions are signed with `sessionKey` where there is one (`SECRET_KEY` in the environment): with another key none of
   * them is good any more.
   */
  constructor(store: AccessStore, clock: Clock, sessionKey?: string) {
    this.#store = store;
    this.#clock = clock;
    this.#sessionKey = sessionKey;
  }

  /** A fresh code that is good for one session, within ten minutes, in this run of the monitor. */
  createCode(): { code: string; expiresAt: number } {
    const code = randomBytes(16).toString('base64url');
    this.#dropOldCodes();
    this.#codes.push({ hash: sha256(code), endsAt: this.#clock.monotonic() + CODE_LIFETIME_MS });
    if (this.#codes.length > CODES_AT_MOST) this.#codes.shift();
    return { code, expiresAt: this.#clock.now() + CODE_LIFETIME_MS };
  }

  /** Swaps a code for a session's secret, once; undefined when the code is not, or no longer, good. */
  openSession(code: string): { secret: string; expiresAt: number } | undefined {
    this.#dropOldCodes();
    if (!CODE_SHAPE.test(code)) return undefined;
    const hash = sha256(code);
    const at = this.#codes.findIndex((known) => timingSafeEqual(known.hash, hash));
    if (at < 0) return undefined;
    const secret = randomBytes(32).toString('base64url');
    const now = this.#clock.now();
    const expiresAt = now + SESSION_LIFETIME_MS;
    this.#store.putSession(this.#sessionHash(secret), expiresAt, now);
    // Not before: a code that opened nothing, because the disk was full, is still good.
    this.#codes.splice(at, 1);
    return { secret, expiresAt };
  }

  /** The caller behind a cookie's value. */
  session(secret: string): Caller | undefined {
    if (!SECRET_SHAPE.test(secret)) return undefined;
    const hash = this.#sessionHash(secret);
    if (!this.#store.hasSession(hash, this.#clock.now())) return undefined;
    return { by: 'session', scope: 'admin', id: hash, name: null, host: null };
  }

  /** The caller behind an `Authorization` header's value, which must be `Bearer`, or InfluxDB's `Token`, in any case, and one token. */
  bearer(header: string): Caller | undefined {
    const tokenHash = this.#shown.get(header) ?? hashIn(header);
    const found = tokenHash === undefined ? undefined : this.#find(tokenHash, header);
    if (found === undefined || !this.#isGood(found)) return undefined;
    this.#touch(found.id);
    return { by: 'token', scope: found.scope, id: found.id, name: found.name, host: found.host };
  }

  /** Machines that send show the same tokens again and again. */
  #find(tokenHash: string, header: string): TokenView | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#foundSince > FOUND_MS) {
      this.#forgetFound();
      this.#foundSince = now;
    }
    const known = this.#found.get(tokenHash);
    if (known !== undefined) return known;
    const found = this.#store.findToken(tokenHash);
    if (found !== undefined && this.#found.size < FOUND_AT_MOST) {
      this.#found.set(tokenHash, found);
      this.#shown.set(header, tokenHash);
    }
    return found;
  }

  #forgetFound(): void {
    this.#found.clear();
    this.#shown.clear();
  }

  /** Makes a token. It can be seen in this answer only: what is kept is its hash. */
  createToken(name: string, scope: Scope, bounds: TokenBounds = {}): { token: string; view: TokenView } {
    const made = this.#newToken(name, scope, bounds);
    this.#store.putToken(made.view, hashText(made.token));
    return made;
  }

  /**
   * Makes a token in the place of another one, with what that one allows. Both are good for `overlapMs`, so that whoever uses the
   * old one has time to change over. Undefined when there is none with this id.
   */
  rotateToken(id: string, overlapMs: number): { token: string; view: TokenView } | undefined {
    const old = this.#store.tokens().find((token) => token.id === id);
    if (old === undefined) return undefined;
    const { host, expiresAt } = old;
    const made = this.#newToken(old.name, old.scope, { host, expiresAt });
    const goodUntil = this.#clock.now() + overlapMs;
    this.#forgetFound();
    return this.#store.rotateToken(id, goodUntil, made.view, hashText(made.token)) ? made : undefined;
  }

  #newToken(name: string, scope: Scope, { host = null, expiresAt = null, useBy = null }: TokenBounds) {
    const token = `plim_${randomBytes(32).toString('base64url')}`;
    const createdAt = this.#clock.now();
    const id = randomUUID();
    const view: TokenView = { id, name, scope, createdAt, lastUsedAt: null, host, expiresAt, useBy };
    return { token, view };
  }

  /** That a token was used may be known here alone while the disk is full. */
  #isGood(token: TokenView): boolean {
    const now = this.#clock.now();
    return isGoodToken(this.#touched.has(token.id) ? { ...token, useBy: null } : token, now);
  }

  /**
   * A token with which one machine sends, and which ends at `useBy` unless it was used by then. Those that were made for it
   * before and never used are over.
   */
  enrol(host: string, useBy: number): { token: string; view: TokenView } {
    for (const { id, host: own, useBy: other, lastUsedAt } of this.#store.tokens())
      if (own === host && other !== null && lastUsedAt === null && !this.#touched.has(id))
        this.removeToken(id);
    return this.createToken(host, 'ingest', { host, useBy });
  }

  tokens(): TokenView[] {
    return this.#store.tokens();
  }

  /** Revokes a token at once, open streams included. False when there is none with this id. */
  removeToken(id: string): boolean {
    const removed = this.#store.removeToken(id);
    this.#touched.delete(id);
    this.#forgetFound();
    this.#revoked(id);
    return removed;
  }

  /** Revokes all tokens that are good for one host alone. Returns how many there were. */
  removeTokensOf(host: string): number {
    const own = this.#store.tokens().filter((token) => token.host === host);
    return own.filter(({ id }) => this.removeToken(id)).length;
  }

  /** Ends a caller's session at once, open streams included. Callers of another kind have none. */
  closeSession(caller: Caller): void {
    if (caller.by !== 'session') return;
    this.#store.removeSession(caller.id);
    this.#revoked(caller.id);
  }

  /** Whether a caller that was let in earlier would still be let in. */
  stillGood(caller: Caller): boolean {
    if (caller.by === 'session') return this.#store.hasSession(caller.id, this.#clock.now());
    if (caller.by === 'token')
      return this.#store.tokens().some((token) => token.id === caller.id && this.#isGood(token));
    return true;
  }

  /** Calls back once when the caller's token or session is revoked; the returned function ends the watch. */
  onRevoked(caller: Caller, callback: () => void): () => void {
    const watchers = this.#watchers.get(caller.id) ?? new Set();
    this.#watchers.set(caller.id, watchers.add(callback));
    return () => {
      watchers.delete(callback);
      if (watchers.size === 0 && this.#watchers.get(caller.id) === watchers) this.#watchers.delete(caller.id);
    };
  }

  #sessionHash(secret: string): string {
    if (this.#sessionKey === undefined) return hashText(secret);
    return createHmac('sha256', this.#sessionKey).update(secret).digest('hex');
  }

  #revoked(id: string): void {
    const watchers = this.#watchers.get(id);
    this.#watchers.delete(id);
    for (const callback of watchers ?? []) callback();
  }

  #touch(id: string): void {
    const now = this.#clock.monotonic();
    const last = this.#touched.get(id);
    if (last !== undefined && now - last < TOUCH_EVERY_MS) return;
    this.#touched.set(id, now);
    try {
      this.#store.touchToken(id, this.#clock.now());
    } catch {
      // A disk that is full must not lock out whoever wants to know what is wrong.
    }
  }

  #dropOldCodes(): void {
    const now = this.#clock.monotonic();
    while (this.#codes[0] !== undefined && this.#codes[0].endsAt <= now) this.#codes.shift();
  }
}

/** Whether a scope allows what another one names: admin allows everything, the others only themselves. */
export function allows(has: Scope, wanted: Scope): boolean {
  return has === 'admin' || has === wanted;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The hash of the token in an `Authorization` header; undefined where there is no token. */
function hashIn(header: string): string | undefined {
  const token = /^(?:Bearer|Token) (.*)$/i.exec(header)?.[1] ?? '';
  // The shape is checked first so that a header of many kilobytes is never hashed.
  return TOKEN_SHAPE.test(token) ? hashText(token) : undefined;
}

function hashText(secret: string): string {
  return hash('sha256', secret, 'hex');
}
