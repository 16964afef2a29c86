import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../base/child-environment.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { ChildEnd, ChildEntry, ChildPort, Spawn } from '../contract/port.ts';

export interface ForkOptions {
  entryPath: (entry: ChildEntry) => string;
  /** The environment to choose from; children get what `childEnvironment` lets through. */
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Arguments for a child, by entry. */
  argumentsFor?: (entry: ChildEntry) => readonly string[];
}

/**
 * Keep a child small without costing it time: the smallest space for new objects that V8 supports, and one malloc arena
 * for all threads, which hardly ever allocate at the same time. C libraries other than glibc ignore the latter.
 */
const leanArguments = ['--max-semi-space-size=1'];
const leanEnvironment = { MALLOC_ARENA_MAX: '1' };

/**
 * Starts children as forked Node processes. Their stderr is logged; they have no stdin and no stdout. The output of
 * scripts is not logged, because it would fill the log.
 */
export function spawnByFork(options: ForkOptions): ForkedChildren {
  const running = new Set<ChildProcess>();
  const spawn: Spawn = <ToChild, FromChild>(entry: ChildEntry) => {
    const child = fork(options.entryPath(entry), options.argumentsFor?.(entry) ?? [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', entry === 'script' ? 'ignore' : 'pipe', 'ipc'],
      env: { ...childEnvironment(options.env), ...leanEnvironment },
      // A debugger port or a loader of main must not be passed on.
      execArgv: leanArguments,
      // On Windows a console would flash up.
      windowsHide: true,
    });
    running.add(child);
    // Undefined, contrary to its type, if the pipe could not be created.
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => options.log.warn(line, { stage: entry }));
    }
    return new ForkedPort<ToChild, FromChild>(
      child,
      () => running.delete(child),
      (error) =>
        options.log.error('a child process could not be started or reached', { stage: entry, error }),
    );
  };
  return {
    spawn,
    killAll: () => {
      for (const child of running) child.kill('SIGKILL');
    },
  };
}

export interface ForkedChildren {
  spawn: Spawn;
  /** Ends every child at once, when this process is about to end abruptly. */
  killAll(): void;
}

class ForkedPort<ToChild, FromChild> implements ChildPort<ToChild, FromChild> {
  readonly #child: ChildProcess;
  readonly #endListeners: ((end: ChildEnd) => void)[] = [];
  readonly #onError: (error: unknown) => void;
  #end: ChildEnd | undefined;

  constructor(child: ChildProcess, onGone: () => void, onError: (error: unknown) => void) {
    this.#child = child;
    this.#onError = onError;
    const ended = (end: ChildEnd) => {
      if (this.#end !== undefined) return;
      this.#end = end;
      onGone();
      for (const listener of this.#endListeners) listener(end);
    };
    child.on('exit', (code, signal) =>
      ended(code === 0 ? { kind: 'exit', code } : { kind: 'crash', code, signal }),
    );
    // Without a pid nothing was started, and no exit event will follow.
    child.on('error', (error) => {
      onError(messageOf(error));
      if (child.pid === undefined) ended({ kind: 'crash', code: null, signal: null });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToChild): void {
    if (this.#end !== undefined || !this.#child.connected) return;
    try {
      // `onEnd` reports a child that dies meanwhile; a callback keeps Node from also emitting an error.
      this.#child.send(message as object, () => undefined);
    } catch (thrown) {
      this.#onError(messageOf(thrown));
    }
  }

  onMessage(listener: (message: FromChild) => void): void {
    this.#child.on('message', (message) => listener(message as FromChild));
  }

  onEnd(listener: (end: ChildEnd) => void): void {
    const end = this.#end;
    if (end === undefined) this.#endListeners.push(listener);
    else queueMicrotask(() => listener(end));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
