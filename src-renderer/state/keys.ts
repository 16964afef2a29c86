import type { ViewName } from './route.ts';

/** The action of a key. */
export type KeyAction =
  | { do: 'palette' }
  | { do: 'help' }
  | { do: 'go'; view: ViewName }
  | { do: 'step'; by: 1 | -1 }
  | { do: 'acknowledge' }
  | { do: 'snooze' }
  | { do: 'undo' };

/** The part of a keyboard event used here. */
export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: unknown;
  timeStamp: number;
}

const views: Record<string, ViewName> = {
  o: 'overview',
  a: 'alerts',
  e: 'explore',
  r: 'rules',
  u: 'sources',
  d: 'destinations',
  h: 'hosts',
  t: 'downtimes',
  p: 'reports',
  s: 'settings',
};
const patienceMs = 1500;

/** Converts keys to actions: Ctrl/⌘ K, `/`, `?`, `j`, `k`, `a`, `s`, `u`, and `g` followed by a view's letter. */
export class KeySequence {
  #goSince = -Infinity;

  /** Null for keys without an action, and for keys that belong to a field or an open dialog. */
  take(event: Key, overlay: boolean): KeyAction | null {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k')
      return { do: 'palette' };
    if (event.ctrlKey || event.metaKey || event.altKey || overlay || isField(event.target)) return null;
    const going = event.timeStamp - this.#goSince < patienceMs;
    this.#goSince = -Infinity;
    const view = going ? views[event.key] : undefined;
    if (view !== undefined) return { do: 'go', view };
    switch (event.key) {
      case 'g':
        this.#goSince = event.timeStamp;
        return null;
      case '/':
        return { do: 'palette' };
      case '?':
        return { do: 'help' };
      case 'j':
        return { do: 'step', by: 1 };
      case 'k':
        return { do: 'step', by: -1 };
      case 'a':
        return { do: 'acknowledge' };
      case 'u':
        return { do: 'undo' };
      case 's':
        return { do: 'snooze' };
      default:
        return null;
    }
  }
}

function isField(target: unknown): boolean {
  if (typeof target !== 'object' || target === null || !('tagName' in target)) return false;
  const element = target as { tagName: string; type?: string; isContentEditable?: boolean };
  if (element.isContentEditable === true) return true;
  if (element.tagName === 'INPUT') return element.type !== 'checkbox' && element.type !== 'radio';
  return element.tagName === 'TEXTAREA' || element.tagName === 'SELECT';
}
