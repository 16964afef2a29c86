import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import { exitCode } from './exit-codes.ts';
import { readOwner, removeOwner } from '../hub/owner.ts';
import type { Terminal } from './terminal.ts';

/** How long a requested stop may take before it is cut short. */
const stopDeadlineMs = 15_000;

interface LifeSignsOptions {
  terminal: Terminal;
  log: Log & { close(): Promise<void> };
  dataDirectory: string;
  logDirectory: string;
  /** Ends the child processes at once. */
  endChildren(): void;
}

/**
 * Handles what ends a running service: requests to stop, to stop at once, a closed terminal, a bug. Whenever the
 * process can notice its end, its children end with it.
 */
export class LifeSigns {
  /** Resolves with the signal that first requested the stop. */
  readonly stopAsked: Promise<NodeJS.Signals>;
  readonly #options: LifeSignsOptions;
  readonly #undo: (() => void)[] = [];
  #askStop: (signal: NodeJS.Signals) => void = () => undefined;
  #stopping = false;
  #onHangUp: (() => void) | undefined;

  constructor(options: LifeSignsOptions) {
    this.#options = options;
    this.stopAsked = new Promise((resolve) => (this.#askStop = resolve));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) this.#on(signal, () => this.#stop(signal));
    this.#on('SIGHUP', () => {
      // From a terminal that closes, SIGHUP means "end"; a service without a terminal reads its settings again.
      if (options.terminal.isInteractive) this.#stop('SIGHUP');
      else this.#onHangUp?.();
    });
    this.#on('uncaughtException', (thrown) => void this.#broken(thrown));
    this.#on('unhandledRejection', (thrown) => void this.#broken(thrown));
    this.#on('exit', () => options.endChildren());
  }

  onHangUp(callback: () => void): void {
    this.#onHangUp = callback;
  }

  close(): void {
    for (const undo of this.#undo) undo();
  }

  #on(event: string, listener: (value: unknown) => void): void {
    process.on(event, listener);
    this.#undo.push(() => process.off(event, listener));
  }

  #stop(signal: NodeJS.Signals): void {
    if (this.#stopping) this.#leave(exitCode.interrupted);
    this.#stopping = true;
    this.#askStop(signal);
    setTimeout(() => {
      this.#options.terminal.error('plimsoll: something did not end in time and was ended by force.');
      this.#leave(exitCode.failed);
    }, stopDeadlineMs).unref();
  }

  /** The right reaction to a bug: log it and exit, so that a supervisor restarts from a known state. */
  async #broken(thrown: unknown): Promise<void> {
    const { terminal, log, logDirectory } = this.#options;
    log.error('ended by an unexpected error', { error: thrown });
    this.#options.endChildren();
    await log.close();
    terminal.error(
      `plimsoll: ended by an unexpected error (${messageOf(thrown)}); the log is in ${logDirectory}`,
    );
    this.#leave(exitCode.failed);
  }

  #leave(code: number): never {
    this.#options.endChildren();
    // Until we hold the lock, the note in the directory is another process's.
    if (readOwner(this.#options.dataDirectory)?.pid === process.pid) removeOwner(this.#options.dataDirectory);
    process.exit(code);
  }
}
