import type { TokenView } from '../../contract/token.ts';

/** Whether a token is valid at `now`. */
export function isGoodToken({ expiresAt, useBy, lastUsedAt }: TokenView, now: number): boolean {
  const isInTime = useBy === null || lastUsedAt !== null || now < useBy;
  return isInTime && (expiresAt === null || now < expiresAt);
}

/**
 * Sessions and tokens, stored as hashes. Methods have committed when they return; those that write throw `disk_full` if
 * they cannot.
 */
export interface AccessStore {
  /** Stores a session, and removes those that have expired at `now`. */
  putSession(hash: string, expiresAt: number, now: number): void;
  /** Whether a session with this hash exists and has not expired at `now`. Writes nothing. */
  hasSession(hash: string, now: number): boolean;
  removeSession(hash: string): void;
  putToken(token: TokenView, hash: string): void;
  findToken(hash: string): TokenView | undefined;
  /**
   * Stores a token that replaces another one, which stays valid until `goodUntil`. False if there is none with this id.
   */
  rotateToken(id: string, goodUntil: number, token: TokenView, hash: string): boolean;
  touchToken(id: string, at: number): void;
  tokens(): TokenView[];
  removeToken(id: string): boolean;
}
