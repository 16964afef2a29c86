/** A message at the edge of the window that disappears after a while. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'problem';
  action?: { label: string; run: () => void };
  /** Its action undoes the last change, which a key does too. */
  undoable?: boolean;
}

const plainMs = 5000;
/** Long enough to notice a mistake, read the sentence and reach the button, in milliseconds. */
export const undoMs = 10_000;

/** Recent actions that can be undone, and background errors. */
export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #next = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  get list(): readonly Toast[] {
    return this.#list;
  }

  say(text: string): void {
    this.#add({ text, tone: 'plain' }, plainMs);
  }

  /** An error stays until it is closed, because the reader may be looking elsewhere. */
  problem(text: string, action?: Toast['action']): void {
    this.#add({ text, tone: 'problem', ...(action === undefined ? {} : { action }) }, null);
  }

  undoable(text: string, label: string, undo: () => void): void {
    this.#add({ text, tone: 'plain', action: { label, run: undo }, undoable: true }, undoMs);
  }

  /** Undoes the last action if it is still offered. Returns whether it was. */
  undo(): boolean {
    const toast = this.#list.findLast(({ undoable }) => undoable === true);
    if (toast === undefined) return false;
    toast.action?.run();
    this.close(toast.id);
    return true;
  }

  close(id: number): void {
    this.hold(id);
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  /** Stops a toast's timer while the pointer or the focus is on it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  release(id: number): void {
    const toast = this.#list.find((other) => other.id === id);
    if (toast === undefined || toast.tone === 'problem') return;
    this.#start(id, plainMs);
  }

  #add(toast: Omit<Toast, 'id'>, ms: number | null): void {
    const id = this.#next++;
    this.#list = [...this.#list.filter((other) => other.text !== toast.text), { ...toast, id }].slice(-3);
    if (ms !== null) this.#start(id, ms);
  }

  #start(id: number, ms: number): void {
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), ms),
    );
  }
}
