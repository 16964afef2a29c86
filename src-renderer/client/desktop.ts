import type { DesktopBridge, DesktopFacts } from '../../src-main/contract/desktop-bridge.ts';
import type { Carrier } from './carrier.ts';

declare global {
  interface Window {
    /** Defined by the desktop's preload script; absent in a browser. */
    readonly plimsoll?: DesktopBridge;
  }
}

/** Statuses without a body; constructing a `Response` with one, even an empty one, throws. */
const bodiless = new Set([204, 205, 304]);

/** The carrier for a desktop window: the same API, called inside the application without a socket. */
export function desktopCarrier(bridge: DesktopBridge): Carrier {
  return {
    // The bridge takes paths, so the base is empty.
    base: '',
    async fetch(input, init) {
      const request = {
        method: init?.method ?? 'GET',
        path: addressOf(input),
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: typeof init?.body === 'string' ? init.body : null,
      };
      const { status, headers, body } = await bridge.api(request);
      return new Response(bodiless.has(status) ? null : body, { status, headers });
    },
    listen(sink) {
      const stop = bridge.listen((event) => sink.event(event));
      // No connection is needed: the application exists as long as its window.
      let listening = true;
      queueMicrotask(() => {
        if (listening) sink.opened();
      });
      return () => {
        listening = false;
        stop();
      };
    },
  };
}

/** Path and query, percent-encoded like a browser's own fetch does. */
function addressOf(input: RequestInfo | URL): string {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, 'http://application');
  return `${pathname}${search}`;
}

/** Actions of the application around a window. In a browser there is no application, and the window does them itself. */
export class Shell {
  readonly #bridge: DesktopBridge | undefined;

  constructor(bridge: DesktopBridge | undefined) {
    this.#bridge = bridge;
  }

  /** Whether this is a desktop window, which has no session and so no sign-out. */
  get desktop(): boolean {
    return this.#bridge !== undefined;
  }

  /** Whether this window is the tray's popover, which can be hidden. */
  get popover(): boolean {
    return this.#bridge?.window === 'popover';
  }

  /** Shows the main window at a route such as `#/alerts/ID`. */
  async openWindow(route: string): Promise<void> {
    if (this.#bridge === undefined) location.hash = route;
    else await this.#bridge.shell({ action: 'open-window', route });
  }

  async hidePopover(): Promise<void> {
    if (this.popover) await this.#bridge?.shell({ action: 'hide-popover' });
  }

  /** Facts about the desktop application; null in a browser. */
  async facts(): Promise<DesktopFacts | null> {
    return (await this.#bridge?.shell({ action: 'facts' })) ?? null;
  }
}
