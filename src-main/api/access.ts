import { createHash, createHmac, hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Scope, TokenView } from '../contract/token.ts';
import type { AccessStore } from '../monitor/state/access-store.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';

/** Users type a code or follow its link at once; ten minutes are enough to find the browser. */
export const CODE_LIFETIME_MS = 10 * 60_000;
export const SESSION_LIFETIME_MS = 30 * 86_400_000;
/** Beyond this number of unused codes, the oldest is dropped. */
const CODES_AT_MOST = 16;
/** "Last used" of a token is for people: one update a minute is enough, and saves a commit for each request. */
const TOUCH_EVERY_MS = 60_000;
/** Bound of the token cache: a little more than the hosts of the largest hub. */
const FOUND_AT_MOST = 5000;
const FOUND_MS = 1000;

const TOKEN_SHAPE = /^plim_[A-Za-z0-9_-]{43}$/;
const SECRET_SHAPE = /^[A-Za-z0-9_-]{43}$/;
const CODE_SHAPE = /^[A-Za-z0-9_-]{22}$/;

/** The authenticated caller. `id` is the id of a token, or the hash of a session. */
export interface Caller {
  by: 'socket' | 'window' | 'session' | 'token' | 'anonymous';
  scope: Scope;
  id: string;
  /** The token's name; null for other callers. */
  name: string | null;
  /** The only host it may send samples for; null for any. */
  host: string | null;
}

/** Restrictions of a token besides its scope. */
export interface TokenBounds {
  host?: string | null | undefined;
  /** Epoch milliseconds. */
  expiresAt?: number | null | undefined;
  /** As in `TokenView`. */
  useBy?: number | null | undefined;
}

/**
 * Authenticates callers by one-time codes, sessions and tokens. Only hashes are stored. The secrets are 128 or 256
 * random bits, so the timing of an index look-up by hash reveals nothing about them.
 */
export class Access {
  readonly #store: AccessStore;
  readonly #clock: Clock;
  /** Hashes of codes with their monotonic expiry time. */
  readonly #codes: { hash: Buffer; endsAt: number }[] = [];
  readonly #touched = new Map<string, number>();
  /**
   * Cache of tokens by hash. It is cleared when a token changes, and every second because other hubs can change tokens
   * too. `#touched` records which tokens were used.
   */
  readonly #found = new Map<string, TokenView>();
  #foundSince = 0;
  /**
   * Cache of token hashes by `Authorization` header, because hashing the header costs as much as parsing half a post. A
   * `Map` look-up is safe: it hashes with a secret of this process and compares texts only if their hashes are equal.
   */
  readonly #shown = new Map<string, string>();
  readonly #sessionKey: string | undefined;
  readonly #watchers = new Map<string, Set<() => void>>();

  /**
   * Sessions are signed with `sessionKey` if it is set (`SECRET_KEY` in the environment). Changing the key invalidates
   * all of them.
   */
  constructor(store: AccessStore, clock: Clock, sessionKey?: string) {
    this.#store = store;
    this.#clock = clock;
    this.#sessionKey = sessionKey;
  }

  /** Creates a code for one session. It is valid for ten minutes, and only until the monitor ends. */
  createCode(): { code: string; expiresAt: number } {
    const code = randomBytes(16).toString('base64url');
    this.#dropOldCodes();
    this.#codes.push({ hash: sha256(code), endsAt: this.#clock.monotonic() + CODE_LIFETIME_MS });
    if (this.#codes.length > CODES_AT_MOST) this.#codes.shift();
    return { code, expiresAt: this.#clock.now() + CODE_LIFETIME_MS };
  }

  /** Exchanges a code for the secret of a new session. Undefined if the code is unknown, used or expired. */
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
    // Only now, so that the code stays valid if the session could not be stored, for example because the disk is full.
    this.#codes.splice(at, 1);
    return { secret, expiresAt };
  }

  /** The caller of a session, given the value of the cookie. */
  session(secret: string): Caller | undefined {
    if (!SECRET_SHAPE.test(secret)) return undefined;
    const hash = this.#sessionHash(secret);
    if (!this.#store.hasSession(hash, this.#clock.now())) return undefined;
    return { by: 'session', scope: 'admin', id: hash, name: null, host: null };
  }

  /** The caller of an `Authorization` header. The header must be `Bearer` (or InfluxDB's `Token`) in any case, and one token. */
  bearer(header: string): Caller | undefined {
    const tokenHash = this.#shown.get(header) ?? hashIn(header);
    const found = tokenHash === undefined ? undefined : this.#find(tokenHash, header);
    if (found === undefined || !this.#isGood(found)) return undefined;
    this.#touch(found.id);
    return { by: 'token', scope: found.scope, id: found.id, name: found.name, host: found.host };
  }

  /** Cached, because machines send with the same token again and again. */
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

  /** Creates a token. It can be read only from this result: the store keeps its hash. */
  createToken(name: string, scope: Scope, bounds: TokenBounds = {}): { token: string; view: TokenView } {
    const made = this.#newToken(name, scope, bounds);
    this.#store.putToken(made.view, hashText(made.token));
    return made;
  }

  /**
   * Creates a replacement for a token, with the same permissions. Both are valid for `overlapMs`, so that clients have
   * time to change. Undefined if there is no token with this id.
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

  /** While the disk is full, only `#touched` records that a token was used. */
  #isGood(token: TokenView): boolean {
    const now = this.#clock.now();
    return isGoodToken(this.#touched.has(token.id) ? { ...token, useBy: null } : token, now);
  }

  /**
   * Creates a token with which one machine may send. It expires at `useBy` unless it was used before. Earlier tokens
   * for this machine that were never used are revoked.
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

  /** Revokes a token at once and ends its open streams. False if there is no token with this id. */
  removeToken(id: string): boolean {
    const removed = this.#store.removeToken(id);
    this.#touched.delete(id);
    this.#forgetFound();
    this.#revoked(id);
    return removed;
  }

  /** Revokes all tokens that are bound to one host. Returns their number. */
  removeTokensOf(host: string): number {
    const own = this.#store.tokens().filter((token) => token.host === host);
    return own.filter(({ id }) => this.removeToken(id)).length;
  }

  /** Ends the caller's session at once and its open streams. Does nothing for callers without a session. */
  closeSession(caller: Caller): void {
    if (caller.by !== 'session') return;
    this.#store.removeSession(caller.id);
    this.#revoked(caller.id);
  }

  /** Whether a caller that was authenticated earlier is still valid. */
  stillGood(caller: Caller): boolean {
    if (caller.by === 'session') return this.#store.hasSession(caller.id, this.#clock.now());
    if (caller.by === 'token')
      return this.#store.tokens().some((token) => token.id === caller.id && this.#isGood(token));
    return true;
  }

  /** Calls `callback` once when the caller's token or session is revoked; the returned function cancels. */
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
      // A full disk must not lock out the owner who wants to find the cause.
    }
  }

  #dropOldCodes(): void {
    const now = this.#clock.monotonic();
    while (this.#codes[0] !== undefined && this.#codes[0].endsAt <= now) this.#codes.shift();
  }
}

/** Whether one scope includes another: admin includes all, the others only themselves. */
export function allows(has: Scope, wanted: Scope): boolean {
  return has === 'admin' || has === wanted;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The hash of the token in an `Authorization` header; undefined if it contains none. */
function hashIn(header: string): string | undefined {
  const token = /^(?:Bearer|Token) (.*)$/i.exec(header)?.[1] ?? '';
  // Checking the shape first avoids hashing a header of many kilobytes.
  return TOKEN_SHAPE.test(token) ? hashText(token) : undefined;
}

function hashText(secret: string): string {
  return hash('sha256', secret, 'hex');
}
