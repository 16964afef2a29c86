import type { Caller } from './access.ts';

/**
 * How a request came to us. Whoever can open the 0600 socket of the data directory owns it already; a listener's
 * requests have to show a session or a token.
 */
export type Carrier =
  | {
      kind: 'listener';
      /** The other end's address, for limits and reports. */
      address: string;
      /** The listener's own port: browsers send a host's cookies to all of its ports, so the name has to differ. */
      port: number;
      /** It came over TLS. */
      isTls: boolean;
    }
  | { kind: 'socket' }
  | { kind: 'window' };

/** What a door hands in with each request, and what the guard leaves for the handlers. */
export interface ApiEnv {
  Bindings: {
    carrier: Carrier;
    /** Aborted when the door closes, so that endless answers end. */
    closing?: AbortSignal;
  };
  Variables: {
    caller: Caller | undefined;
  };
}

/** The address a request is counted and reported under. */
export function addressOf(carrier: Carrier): string {
  return carrier.kind === 'listener' ? carrier.address : carrier.kind;
}
