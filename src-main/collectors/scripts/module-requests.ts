import type { ModuleCall, ModuleOutcome, ModuleProcess } from './module-call.ts';

interface Line {
  call(id: number, call: ModuleCall): void;
  end(id: number): void;
}

/**
 * The collectors' side of module processes. On the desktop they cannot start a Node process themselves, so main does it
 * for them, there and in headless mode alike: requests go to main, and outcomes come back with the same number.
 */
export class ModuleRequests {
  readonly #line: Line;
  readonly #waiting = new Map<number, (outcome: ModuleOutcome) => void>();
  #opened = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  readonly open = (): ModuleProcess => {
    const id = ++this.#opened;
    return {
      call: (call) => {
        const { promise, resolve } = Promise.withResolvers<ModuleOutcome>();
        this.#waiting.set(id, resolve);
        this.#line.call(id, call);
        return promise;
      },
      end: () => {
        this.#line.end(id);
        this.settle(id, { type: 'ended', how: 'because it was not wanted any more' });
      },
    };
  };

  /** Delivers an outcome that main sent. */
  settle(id: number, outcome: ModuleOutcome): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.(outcome);
  }
}
