import { answerFrom } from '../../collectors/scripts/answer.ts';
import type {
  FromModule,
  ModuleCall,
  ModuleOutcome,
  ToModule,
} from '../../collectors/scripts/module-call.ts';
import { messageOf } from '../../contract/error.ts';
import type { ChildEnd, ChildPort, Spawn } from '../../contract/port.ts';

interface ModuleProcessesOptions {
  spawn: Spawn;
  onOutcome(id: number, outcome: ModuleOutcome): void;
}

interface Running {
  port: ChildPort<ToModule, FromModule>;
  isReady: boolean;
  /** The call that it has not answered yet. */
  call: ModuleCall | null;
}

/**
 * The processes of the modules that the collectors run, started by main's own spawn, because on the desktop only main
 * can start processes. The collectors handle deadlines; a process that outlives both ends itself.
 */
export class ModuleProcesses {
  readonly #options: ModuleProcessesOptions;
  readonly #running = new Map<number, Running>();

  constructor(options: ModuleProcessesOptions) {
    this.#options = options;
  }

  /**
   * Makes the process with that number answer a call; the first call starts it. The outcome follows, unless the process
   * is ended before.
   */
  call(id: number, call: ModuleCall): void {
    const running = this.#running.get(id) ?? this.#start(id);
    if (running === undefined) return;
    running.call = call;
    if (running.isReady) running.port.send({ type: 'call', call });
  }

  /** Ends a process that is no longer needed. */
  end(id: number): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.port.kill();
  }

  /** Ends all, because the collectors are gone. */
  endAll(): void {
    for (const id of [...this.#running.keys()]) this.end(id);
  }

  #start(id: number): Running | undefined {
    let port: Running['port'];
    try {
      port = this.#options.spawn<ToModule, FromModule>('script');
    } catch (thrown) {
      const how = `it could not be started: ${messageOf(thrown)}`;
      this.#options.onOutcome(id, { type: 'ended', how });
      return undefined;
    }
    const running: Running = { port, isReady: false, call: null };
    this.#running.set(id, running);
    const isCurrent = () => this.#running.get(id) === running;
    port.onMessage((message) => {
      if (!isCurrent()) return;
      if (isReady(message)) {
        running.isReady = true;
        if (running.call !== null) port.send({ type: 'call', call: running.call });
      } else if (running.call !== null) {
        running.call = null;
        const answer = answerFrom(message);
        if (answer === undefined) this.end(id);
        this.#options.onOutcome(id, answer ?? { type: 'ended', how: 'after it said what is no answer' });
      }
    });
    port.onEnd((end) => {
      if (!isCurrent()) return;
      this.#running.delete(id);
      if (running.call !== null) this.#options.onOutcome(id, { type: 'ended', how: endText(end) });
    });
    return running;
  }
}

/** The module in that process may send anything. */
function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

function endText(end: ChildEnd): string {
  if (end.kind === 'exit') return 'code 0';
  return end.signal === null ? `code ${end.code ?? 'unknown'}` : `by ${end.signal}`;
}
