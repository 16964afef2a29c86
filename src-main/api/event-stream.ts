import type { Clock } from '../base/clock.ts';
import type { LiveEvent } from '../contract/event.ts';

const HEARTBEAT_MS = 15_000;
const EVENTS_AT_MOST = 1000;
const BYTES_AT_MOST = 1024 * 1024;

export interface EventSource {
  clock: Clock;
  subscribe(listener: (event: LiveEvent) => void): () => void;
  /** Asked at every heartbeat; false ends the stream. */
  isWelcome(): boolean;
}

const encoder = new TextEncoder();
const known = new WeakMap<LiveEvent, Uint8Array>();

/** The bytes of an event, made once for all streams that it goes to. */
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
 * every 15 seconds so that both ends notice a dead line. A client that does not read gets no more than a bounded
 * queue: beyond it everything waiting is dropped in favour of one `refresh`, upon which it asks for the whole status.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: EventSource;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #wantsMore: (() => void) | undefined;
  #ended = false;
  /** A `refresh` waits in the queue: what happens until it is read is part of what the client will ask for. */
  #overflown = false;
  #unsubscribe: () => void = () => undefined;
  #cancelHeartbeat: () => void = () => undefined;
  readonly #onEnd: (() => void)[] = [];

  constructor(source: EventSource) {
    this.#source = source;
    this.body = new ReadableStream<Uint8Array>(
      {
        // Outside the queue, so that it comes first even to a client that begins to read late.
        start: (controller) => controller.enqueue(encoder.encode('event: ready\ndata:\n\n')),
        pull: (controller) => this.#pull(controller),
        cancel: () => this.end(),
      },
      { highWaterMark: 0 },
    );
    this.#unsubscribe = source.subscribe((event) => this.#take(event));
    this.#scheduleHeartbeat();
  }

  /** Ends the stream; what was queued is still delivered. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    this.#cancelHeartbeat();
    this.#wantsMore?.();
    for (const callback of this.#onEnd.splice(0)) callback();
  }

  /** Calls back once when the stream has ended, from either side. */
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
      // A client that does not even read heartbeats needs no second one in its queue.
      if (this.#queue.length === 0) this.#put(encoder.encode(':\n\n'));
      this.#scheduleHeartbeat();
    });
  }
}
