import type { DesktopBridge, DesktopFacts } from '../../src-main/contract/desktop-bridge.ts';
import type { Carrier } from './carrier.ts';

declare global {
  interface Window {
    /** Put there by the preload script of the desktop; a browser has none. */
    readonly plimsoll?: DesktopBridge;
  }
}

/** Answers that may have no body at all; giving them an empty one is an error. */
const bodiless = new Set([204, 205, 304]);

/** The carrier of a window of the desktop: the same API, called inside the application without a socket. */
export function desktopCarrier(bridge: DesktopBridge): Carrier {
  return {
    // The bridge takes paths; the client only joins its own to the base, so that an empty one is enough.
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
      // Nothing has to be connected: the application is there as long as its window is.
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

/** The path with what the client left as it was written encoded, as a browser's own fetch would. */
function addressOf(input: RequestInfo | URL): string {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, 'http://application');
  return `${pathname}${search}`;
}

/** What a window asks of the application around it; in a browser there is none, and the window does it itself. */
export class Shell {
  readonly #bridge: DesktopBridge | undefined;

  constructor(bridge: DesktopBridge | undefined) {
    this.#bridge = bridge;
  }

  /** Whether there is a desktop around this window: no session then, and nothing to sign out of. */
  get desktop(): boolean {
    return this.#bridge !== undefined;
  }

  /** Whether this window is the popover of the tray, which can be hidden. */
  get popover(): boolean {
    return this.#bridge?.window === 'popover';
  }

  /** Shows the main window at an address such as `#/alerts/ID`. */
  async openWindow(route: string): Promise<void> {
    if (this.#bridge === undefined) location.hash = route;
    else await this.#bridge.shell({ action: 'open-window', route });
  }

  async hidePopover(): Promise<void> {
    if (this.popover) await this.#bridge?.shell({ action: 'hide-popover' });
  }

  /** What the interface has to know of the application; null in a browser. */
  async facts(): Promise<DesktopFacts | null> {
    return (await this.#bridge?.shell({ action: 'facts' })) ?? null;
  }
}
