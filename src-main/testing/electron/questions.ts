/** What the application asks of the display: the process that drives Chromium. Windows are named by their id. */
export interface Display {
  open(window: number, opening: Opening): Promise<void>;
  load(window: number, url: string, permissions: string[]): Promise<void>;
  reload(window: number): Promise<void>;
  send(window: number, channel: string, args: unknown[]): Promise<void>;
  show(window: number, visible: boolean): Promise<void>;
  resize(window: number, size: Size): Promise<void>;
  run(window: number, code: string): Promise<unknown>;
  crash(window: number): Promise<void>;
  close(window: number): Promise<void>;
  appearance(dark: boolean): Promise<void>;
}

/** What the display asks of the application. */
export interface Application {
  /** `ipcRenderer.invoke` */
  invoke(from: Sender, channel: string, args: unknown[]): Promise<Invoked>;
  /** `ipcRenderer.send` */
  post(from: Sender, channel: string, args: unknown[]): Promise<void>;
  /** The answer of the scheme's handler; null where no handler is registered. */
  fetch(request: PlainRequest): Promise<PlainResponse | null>;
  /** A page wants to go elsewhere. Resolves with whether it may. */
  navigate(window: number, url: string): Promise<boolean>;
  /** A page wants a window of its own. Resolves with whether it may. */
  popup(window: number, url: string): Promise<boolean>;
  loaded(window: number, url: string): Promise<void>;
  moved(window: number, url: string): Promise<void>;
  crashed(window: number): Promise<void>;
  said(window: number, level: string, message: string): Promise<void>;
  /** Runs a function's source with the `electron` module and one argument. */
  evaluate(source: string, argument: unknown): Promise<unknown>;
}

export interface Opening extends Size {
  /** The preload script's source; null without one. */
  preload: string | null;
  /** What the preload script finds in `process.argv`. */
  args: string[];
  visible: boolean;
}

export interface Size {
  width: number;
  height: number;
}

export interface Sender {
  window: number;
  url: string;
  isMainFrame: boolean;
}

/** What a handler returned, or what it threw in words. */
export type Invoked = { value: unknown } | { error: string };

export interface PlainRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | null;
}

export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}
