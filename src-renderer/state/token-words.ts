import type { TokenView } from '../client/plimsoll-client.ts';
import { m } from '../paraglide/messages.js';

/** What whoever has such a token may do. */
export function scopeWords(scope: TokenView['scope']): string {
  const words = {
    ingest: m.token_scope_ingest,
    read: m.token_scope_read,
    admin: m.token_scope_admin,
  };
  return words[scope]();
}
