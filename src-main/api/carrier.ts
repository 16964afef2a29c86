import type { Caller } from './access.ts';

/**
 * How a request reached the API. A user who can open the socket (mode 0600) in the data directory owns that directory
 * anyway; requests from a listener must show a session or a token.
 */
export type Carrier =
  | {
      kind: 'listener';
      /** Address of the client, for rate limits and the log. */
      address: string;
      /** Port of the listener. Browsers send a host's cookies to all its ports, so the cookie name contains it. */
      port: number;
      /** Whether it came over TLS. */
      isTls: boolean;
    }
  | { kind: 'socket' }
  | { kind: 'window' };

/** What a transport passes with each request, and what the guard adds for the handlers. */
export interface ApiEnv {
  Bindings: {
    carrier: Carrier;
    /** Aborted when the transport closes, to end streaming answers. */
    closing?: AbortSignal;
  };
  Variables: {
    caller: Caller | undefined;
  };
}

/** The address for rate limits and the log. */
export function addressOf(carrier: Carrier): string {
  return carrier.kind === 'listener' ? carrier.address : carrier.kind;
}
