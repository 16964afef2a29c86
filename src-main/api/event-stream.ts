import type { Clock } from '../base/clock.ts';
import type { LiveEvent } from '../contract/event.ts';

const HEARTBEAT_MS = 15_000;
const EVENTS_AT_MOST = 1000;
const BYTES_AT_MOST = 1024 * 1024;

export interface EventSource {
  clock: Clock;
  subscribe(listener: (event: LiveEvent) => void): () => void;
  /** Checked at every heartbeat; false ends the stream. */
  isWelcome(): boolean;
}

const encoder = new TextEncoder();
const known = new WeakMap<LiveEvent, Uint8Array>();

/** The encoded event, made once and shared by all streams. */
function encoded(event: LiveEvent): Uint8Array {
  let bytes = known.get(event);
  if (bytes === undefined) {
    bytes = encoder.encode(`data: ${JSON.stringify(event)}\n\n`);
    known.set(event, bytes);
  }
  return bytes;
}

/**
 * Live events as server-sent events: `event: ready` at once, then one `data:` line of JSON per event, and a comment
 * every 15 seconds so that both ends notice a broken connection. The queue for a client that does not read is bounded.
 * If it overflows, all waiting events are replaced by one `refresh`, after which the client fetches the whole status.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: EventSource;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #wantsMore: (() => void) | undefined;
  #ended = false;
  /** A `refresh` is queued. Events before the client reads it are dropped, because it will fetch the whole status. */
  #overflown = false;
  #unsubscribe: () => void = () => undefined;
  #cancelHeartbeat: () => void = () => undefined;
  readonly #onEnd: (() => void)[] = [];

  constructor(source: EventSource) {
    this.#source = source;
    this.body = new ReadableStream<Uint8Array>(
      {
        // Not through the queue, so that it comes first even if the client begins to read late.
        start: (controller) => controller.enqueue(encoder.encode('event: ready\ndata:\n\n')),
        pull: (controller) => this.#pull(controller),
        cancel: () => this.end(),
      },
      { highWaterMark: 0 },
    );
    this.#unsubscribe = source.subscribe((event) => this.#take(event));
    this.#scheduleHeartbeat();
  }

  /** Ends the stream after the queued events are delivered. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    this.#cancelHeartbeat();
    this.#wantsMore?.();
    for (const callback of this.#onEnd.splice(0)) callback();
  }

  /** Calls back once when either side has ended the stream. */
  onEnd(callback: () => void): void {
    if (this.#ended) callback();
    else this.#onEnd.push(callback);
  }

  #take(event: LiveEvent): void {
    if (this.#ended || this.#overflown) return;
    this.#put(encoded(event));
    if (this.#queue.length <= EVENTS_AT_MOST && this.#queuedBytes <= BYTES_AT_MOST) return;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#overflown = true;
    this.#put(encoded({ type: 'refresh' }));
  }

  #put(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    this.#wantsMore?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#queue.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wantsMore = resolve;
      });
      this.#wantsMore = undefined;
    }
    const waiting = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#overflown = false;
    for (const bytes of waiting) controller.enqueue(bytes);
    if (this.#ended) controller.close();
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#source.clock.after(HEARTBEAT_MS, () => {
      if (!this.#source.isWelcome()) return this.end();
      // If the queue is not empty, the client does not read, and another heartbeat would be useless.
      if (this.#queue.length === 0) this.#put(encoder.encode(':\n\n'));
      this.#scheduleHeartbeat();
    });
  }
}
