import type { TokenView } from '../../contract/token.ts';

/** Whether a token opens anything at `now`. */
export function isGoodToken({ expiresAt, useBy, lastUsedAt }: TokenView, now: number): boolean {
  const isInTime = useBy === null || lastUsedAt !== null || now < useBy;
  return isInTime && (expiresAt === null || now < expiresAt);
}

/**
 * Sessions and tokens, kept as hashes. Committed when a method returns; one that writes throws `disk_full` when it cannot.
 */
export interface AccessStore {
  /** Keeps a session, and forgets those that have expired at `now`. */
  putSession(hash: string, expiresAt: number, now: number): void;
  /** Whether a session with this hash exists and has not expired at `now`. Writes nothing. */
  hasSession(hash: string, now: number): boolean;
  removeSession(hash: string): void;
  putToken(token: TokenView, hash: string): void;
  findToken(hash: string): TokenView | undefined;
  /** Keeps a token in the place of another one, which stays good until then. False when there is none with this id. */
  rotateToken(id: string, goodUntil: number, token: TokenView, hash: string): boolean;
  touchToken(id: string, at: number): void;
  tokens(): TokenView[];
  removeToken(id: string): boolean;
}
