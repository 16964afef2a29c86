import type { LiveEvent } from './event.ts';

/** The IPC channels between a window and the application. All others are ignored. */
export const channels = { api: 'plimsoll:api', events: 'plimsoll:events', shell: 'plimsoll:shell' } as const;

/** An API request as plain data. `path` begins with `/api/v1/`; bodies are JSON text. */
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

/** Requests a window may make to the desktop application. All others are refused. */
export type ShellAction =
  /** Shows the main window at an address of the interface, such as `#/alerts/ID`. */
  { action: 'open-window'; route: string } | { action: 'hide-popover' } | { action: 'facts' };

/** Facts about the desktop application that the interface needs. */
export interface DesktopFacts {
  platform: 'darwin' | 'win32' | 'linux';
  /** Whether the tray icon is dependable. If not, the window is the only way in and says so. */
  tray: 'shown' | 'uncertain' | 'none';
  /** Whether the system encrypts secrets or they are only obscured. */
  secrets: 'system' | 'weak' | 'none';
  startsAtLogin: boolean;
}

/** `window.plimsoll`, defined by the preload script. It does not exist in a browser. */
export interface DesktopBridge {
  readonly window: 'main' | 'popover';
  api(request: BridgeRequest): Promise<BridgeResponse>;
  /** Subscribes to live events of the monitor; the returned function unsubscribes. */
  listen(listener: (event: LiveEvent) => void): () => void;
  /** Resolves to `DesktopFacts` for `facts`, and to null for the other actions. */
  shell(action: ShellAction): Promise<DesktopFacts | null>;
}
