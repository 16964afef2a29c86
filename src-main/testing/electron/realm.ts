/** What the code in the page is given besides the preload script. */
export interface RealmFacts {
  /** The name under which Playwright has put the line to the display. */
  line: string;
  args: string[];
  visible: boolean;
  platform: string;
}

/** What the page says; `take` is answered as soon as there is something for it. */
export type FromRealm =
  | { kind: 'take'; page: number }
  | { kind: 'invoke' | 'post'; channel: string; args: unknown[] }
  | { kind: 'navigate' | 'popup'; url: string };

/** What the page takes. `visible` is not a message but what Chromium would tell the page. */
export type ToRealm = { channel: string; args: unknown[] } | { visible: boolean };

type Preload = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  process: unknown,
) => void;

/**
 * Runs in the page before everything else, from its source: it must not refer to anything outside of itself. Gives the
 * preload script its `require`, and takes the line to the display out of the page's reach. What a page can observe of
 * context isolation is kept up: objects are copied and frozen on their way, functions are wrapped.
 */
export function realm(preload: Preload | null, facts: RealmFacts): void {
  const scope = window as unknown as Record<string, (message: FromRealm) => Promise<unknown>>;
  const line = scope[facts.line];
  Reflect.deleteProperty(window, facts.line);
  if (line === undefined || window !== window.top || location.protocol === 'about:') return;

  const listeners = new Map<string, Set<(event: object, ...args: unknown[]) => void>>();
  const listenersOf = (channel: string) => {
    const found = listeners.get(channel) ?? new Set();
    listeners.set(channel, found);
    return found;
  };
  const ipcRenderer = {
    async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const answer = (await line({ kind: 'invoke', channel, args: structuredClone(args) })) as {
        value?: unknown;
        error?: string;
      };
      if (answer.error === undefined) return answer.value;
      throw new Error(`Error invoking remote method '${channel}': ${answer.error}`);
    },
    send: (channel: string, ...args: unknown[]) =>
      void line({ kind: 'post', channel, args: structuredClone(args) }),
    on(channel: string, listener: (event: object, ...args: unknown[]) => void) {
      listenersOf(channel).add(listener);
      return ipcRenderer;
    },
    once(channel: string, listener: (event: object, ...args: unknown[]) => void) {
      const once = (event: object, ...args: unknown[]): void => {
        listenersOf(channel).delete(once);
        listener(event, ...args);
      };
      return ipcRenderer.on(channel, once);
    },
    off(channel: string, listener: (event: object, ...args: unknown[]) => void) {
      listenersOf(channel).delete(listener);
      return ipcRenderer;
    },
    removeListener: (channel: string, listener: (event: object, ...args: unknown[]) => void) =>
      ipcRenderer.off(channel, listener),
    removeAllListeners(channel: string) {
      listeners.delete(channel);
      return ipcRenderer;
    },
  };

  const plainError = (thrown: unknown): Error =>
    new Error(thrown instanceof Error ? thrown.message : String(thrown));
  const crossed = (value: unknown): unknown => {
    if (typeof value === 'function') {
      const call = value as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        try {
          return crossed(call(...args.map(crossed)));
        } catch (thrown) {
          throw plainError(thrown);
        }
      };
    }
    if (value instanceof Promise) {
      return value.then(crossed, (thrown: unknown) => {
        throw plainError(thrown);
      });
    }
    if (Array.isArray(value)) return value.map(crossed);
    if (typeof value !== 'object' || value === null) return value;
    if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, crossed(inner)]));
  };
  const frozen = <T>(value: T): T => {
    if (typeof value !== 'object' || value === null) return value;
    for (const inner of Object.values(value)) frozen(inner);
    return Object.freeze(value);
  };
  const contextBridge = {
    exposeInMainWorld(key: string, api: unknown): void {
      if (key in window) throw new Error('Cannot bind an API on top of an existing property');
      Object.defineProperty(window, key, { value: frozen(crossed(api)), enumerable: true });
    },
  };

  let isVisible = facts.visible;
  Object.defineProperty(document, 'visibilityState', { get: () => (isVisible ? 'visible' : 'hidden') });
  Object.defineProperty(document, 'hidden', { get: () => !isVisible });

  // A page may move within itself; everything else is asked first, as `will-navigate` does.
  window.navigation.addEventListener('navigate', (event) => {
    if (event.destination.sameDocument || !event.cancelable || event.navigationType === 'reload') return;
    event.preventDefault();
    void line({ kind: 'navigate', url: event.destination.url });
  });
  window.open = (url = 'about:blank') => {
    void line({ kind: 'popup', url: new URL(url, location.href).href });
    return null;
  };

  const take = async (): Promise<void> => {
    const page = Math.random();
    for (;;) {
      for (const message of (await line({ kind: 'take', page })) as ToRealm[]) {
        if ('visible' in message) {
          isVisible = message.visible;
          document.dispatchEvent(new Event('visibilitychange'));
        } else {
          for (const listener of [...listenersOf(message.channel)]) {
            try {
              listener({ sender: ipcRenderer }, ...message.args);
            } catch (thrown) {
              reportError(thrown);
            }
          }
        }
      }
    }
  };
  take().catch(() => undefined);

  if (preload === null) return;
  const module = { exports: {} };
  const given: Record<string, unknown> = { electron: { contextBridge, ipcRenderer } };
  const process = {
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
    platform: facts.platform,
    argv: facts.args,
    env: {},
    versions: {},
  };
  preload(
    (name) => {
      if (name in given) return given[name];
      throw new Error(`module not found: ${name}`);
    },
    module,
    module.exports,
    process,
  );
}

/** The text of the script that Chromium runs first in every page of a window. */
export function realmScript(preload: string | null, facts: RealmFacts): string {
  const script = preload === null ? 'null' : `(require, module, exports, process) => {\n${preload}\n}`;
  return `(${realm.toString()})(${script}, ${JSON.stringify(facts)});`;
}
