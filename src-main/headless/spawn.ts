import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../base/child-environment.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { ChildEnd, ChildEntry, ChildPort, Spawn } from '../contract/port.ts';

export interface ForkOptions {
  entryPath: (entry: ChildEntry) => string;
  /** The environment to choose from; children are given what `childEnvironment` lets through. */
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Arguments for a child, by entry. */
  argumentsFor?: (entry: ChildEntry) => readonly string[];
}

/**
 * What keeps a child small, and costs it no time: new objects have the least space that V8 knows, and what is allocated beside V8
 * comes from one place for all threads, hardly any two of which ask at the same time. Another C library than glibc leaves it unread.
 */
const leanArguments = ['--max-semi-space-size=1'];
const leanEnvironment = { MALLOC_ARENA_MAX: '1' };

/**
 * Starts children as forked Node processes. What they say on stderr is logged; they have no stdin and no stdout. What scripts say is
 * not: it would fill the log.
 */
export function spawnByFork(options: ForkOptions): ForkedChildren {
  const running = new Set<ChildProcess>();
  const spawn: Spawn = <ToChild, FromChild>(entry: ChildEntry) => {
    const child = fork(options.entryPath(entry), options.argumentsFor?.(entry) ?? [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', entry === 'script' ? 'ignore' : 'pipe', 'ipc'],
      env: { ...childEnvironment(options.env), ...leanEnvironment },
      // A debugger's port or a loader that main was given is not theirs.
      execArgv: leanArguments,
      // On Windows a console would flash up.
      windowsHide: true,
    });
    running.add(child);
    // Undefined, whatever its type says, when there was no room for the pipe.
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
  /** Ends every child at once, for when this process is about to end without having been asked nicely. */
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
    // Without a pid nothing was started, and no exit will follow.
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
      // A child that dies meanwhile is told about by `onEnd`; a callback keeps Node from emitting the same as an error.
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
