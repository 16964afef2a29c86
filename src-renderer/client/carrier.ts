import type { LiveEvent } from '../../src-main/contract/event.ts';

/** What the interface hears from the stream of live events. */
export interface EventSink {
  /** The stream is open; anything that happened before may have been missed. */
  opened(): void;
  event(event: LiveEvent): void;
  /** The stream broke. `retryAt` is when the carrier tries again, epoch milliseconds. */
  lost(retryAt: number): void;
}

/**
 * How the interface reaches the engine. In a browser it is HTTP and server-sent events; a window of the desktop
 * hands its calls to the same API inside the application. Nothing outside `client/` knows which one is at work.
 */
export interface Carrier {
  /** Address under which the API's routes begin. */
  readonly base: string;
  readonly fetch: typeof fetch;
  /** Listens until the returned function is called. Reconnects by itself. */
  listen(sink: EventSink): () => void;
}
