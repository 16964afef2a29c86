import type { TokenView } from '../client/plimsoll-client.ts';
import { m } from '../paraglide/messages.js';

/** What a token of this scope permits. */
export function scopeWords(scope: TokenView['scope']): string {
  const words = {
    ingest: m.token_scope_ingest,
    read: m.token_scope_read,
    admin: m.token_scope_admin,
  };
  return words[scope]();
}
