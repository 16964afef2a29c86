import type { LiveEvent } from './event.ts';

/** The channels between a window and the application. No other channel is answered. */
export const channels = { api: 'plimsoll:api', events: 'plimsoll:events', shell: 'plimsoll:shell' } as const;

/** A call of the API as plain data. `path` begins with `/api/v1/`; bodies are JSON text. */
export interface BridgeRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

export interface BridgeResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a window may ask of the application around it. Anything else is refused. */
export type ShellAction =
  /** Shows the main window at an address of the interface, such as `#/alerts/ID`. */
  { action: 'open-window'; route: string } | { action: 'hide-popover' } | { action: 'facts' };

/** What the interface has to know of the application that it runs in. */
export interface DesktopFacts {
  platform: 'darwin' | 'win32' | 'linux';
  /** Whether a tray icon can be relied on; where not, the window is the way in and says so. */
  tray: 'shown' | 'uncertain' | 'none';
  /** How secrets are kept: by the system, or only obscured. */
  secrets: 'system' | 'weak' | 'none';
  startsAtLogin: boolean;
}

/** `window.plimsoll`, put there by the preload script. A browser has none. */
export interface DesktopBridge {
  readonly window: 'main' | 'popover';
  api(request: BridgeRequest): Promise<BridgeResponse>;
  /** Events of the monitor, as they happen, until the returned function is called. */
  listen(listener: (event: LiveEvent) => void): () => void;
  /** Resolves with `DesktopFacts` for `facts`, with null for the others. */
  shell(action: ShellAction): Promise<DesktopFacts | null>;
}
