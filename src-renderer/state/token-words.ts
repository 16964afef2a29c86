import type { Scope } from '../../src-main/contract/token.ts';
import { m } from '../paraglide/messages.js';

/** What a token of this scope permits. */
export function scopeWords(scope: Scope): string {
  const words = {
    ingest: m.token_scope_ingest,
    read: m.token_scope_read,
    admin: m.token_scope_admin,
  };
  return words[scope]();
}
