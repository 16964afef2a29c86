import type { LiveEvent } from '../../src-main/contract/event.ts';

/** Receives the stream of live events. */
export interface EventSink {
  /** The stream is open. Earlier events may have been missed. */
  opened(): void;
  event(event: LiveEvent): void;
  /** The stream broke. `retryAt` is the time of the next attempt, epoch milliseconds. */
  lost(retryAt: number): void;
}

/**
 * How the interface reaches the engine: HTTP and server-sent events in a browser, or calls to the same API inside the
 * desktop application. Only code in `client/` knows which one is used.
 */
export interface Carrier {
  /** Base address of the API's routes. */
  readonly base: string;
  readonly fetch: typeof fetch;
  /** Subscribes to live events; the returned function unsubscribes. Reconnects by itself. */
  listen(sink: EventSink): () => void;
}
