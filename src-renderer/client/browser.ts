import type { LiveEvent } from '../../src-main/contract/event.ts';
import { backoffMs } from './backoff.ts';
import type { Carrier, EventSink } from './carrier.ts';

/** The carrier for browsers: same origin, a session cookie, one EventSource. */
export function browserCarrier(): Carrier {
  const base = new URL('.', document.baseURI).href.replace(/\/$/, '');
  return {
    base,
    fetch: (input, init) => fetch(input, { ...init, credentials: 'same-origin' }),
    listen: (sink) => listen(`${base}/api/v1/events`, sink),
  };
}

/*
 * EventSource reconnects by itself only after a broken connection; after an HTTP error it gives up for good. Here both
 * are retried, to recover from a restarted server, a sleeping laptop or a proxy's 502.
 */
function listen(address: string, sink: EventSink): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let ended = false;

  const connect = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const opened = new EventSource(address);
    source = opened;
    opened.onopen = () => {
      failures = 0;
      sink.opened();
    };
    opened.onmessage = (message: MessageEvent<string>) => {
      const event = parse(message.data);
      if (event !== null) sink.event(event);
    };
    opened.onerror = () => {
      opened.close();
      if (ended || source !== opened) return;
      source = null;
      failures += 1;
      const wait = backoffMs(failures, Math.random());
      sink.lost(Date.now() + wait);
      timer = setTimeout(connect, wait);
    };
  };
  const retryNow = (): void => {
    if (!ended && timer !== undefined && document.visibilityState === 'visible') connect();
  };

  window.addEventListener('online', retryNow);
  document.addEventListener('visibilitychange', retryNow);
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
    window.removeEventListener('online', retryNow);
    document.removeEventListener('visibilitychange', retryNow);
  };
}

function parse(text: string): LiveEvent | null {
  try {
    return JSON.parse(text) as LiveEvent;
  } catch {
    // An invalid message must not end the stream; the next `refresh` or reading updates the window.
    return null;
  }
}
