import type { TokenView } from '../../contract/token.ts';
import type { AccessStore } from './access-store.ts';
import { bodyOf } from './state-file.ts';
import type { Row, StateFile } from './state-file.ts';

/** The tables of sessions and tokens. */
export class AccessTables implements AccessStore {
  readonly #file: StateFile;

  constructor(file: StateFile) {
    this.#file = file;
  }

  putSession(hash: string, expiresAt: number, now: number): void {
    this.#file.run('DELETE FROM session WHERE expires_at <= ?', now);
    this.#file.run('INSERT OR REPLACE INTO session (hash, expires_at) VALUES (?, ?)', hash, expiresAt);
  }

  hasSession(hash: string, now: number): boolean {
    return this.#file.all('SELECT 1 FROM session WHERE hash = ? AND expires_at > ?', hash, now).length > 0;
  }

  removeSession(hash: string): void {
    this.#file.run('DELETE FROM session WHERE hash = ?', hash);
  }

  putToken(token: TokenView, hash: string): void {
    this.#file.run(
      'INSERT INTO token (id, hash, body) VALUES (?, ?, ?)',
      token.id,
      hash,
      JSON.stringify(token),
    );
  }

  findToken(hash: string): TokenView | undefined {
    const [row] = this.#file.all('SELECT body FROM token WHERE hash = ?', hash);
    return row && tokenOf(row);
  }

  rotateToken(id: string, goodUntil: number, token: TokenView, hash: string): boolean {
    let isThere = false;
    this.#file.transaction(() => {
      isThere =
        this.#file.run(
          `UPDATE token SET body = json_set(body, '$.expiresAt', min(coalesce(json_extract(body, '$.expiresAt'), ?1), ?1))
           WHERE id = ?2`,
          goodUntil,
          id,
        ) > 0;
      if (isThere) this.putToken(token, hash);
    });
    return isThere;
  }

  touchToken(id: string, at: number): void {
    this.#file.run(`UPDATE token SET body = json_set(body, '$.lastUsedAt', ?) WHERE id = ?`, at, id);
  }

  tokens(): TokenView[] {
    return this.#file.all("SELECT body FROM token ORDER BY json_extract(body, '$.createdAt')").map(tokenOf);
  }

  removeToken(id: string): boolean {
    return this.#file.run('DELETE FROM token WHERE id = ?', id) > 0;
  }
}

/** A token from before tokens could be restricted or expire. */
const unbound = { host: null, expiresAt: null, useBy: null };

function tokenOf(row: Row): TokenView {
  return { ...unbound, ...(bodyOf(row) as TokenView) };
}
