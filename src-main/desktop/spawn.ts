import { utilityProcess } from 'electron';
import type { UtilityProcess } from 'electron';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../base/child-environment.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { ChildEnd, ChildEntry, ChildPort, Spawn } from '../contract/port.ts';

/** A process that has not begun to run by then never will. */
const launchDeadlineMs = 10_000;

export interface UtilityOptions {
  entryPath: (entry: ChildEntry) => string;
  /** The environment to choose from; children are given what `childEnvironment` lets through. */
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Log;
  /** Arguments for a child, by entry. */
  argumentsFor: (entry: ChildEntry) => readonly string[];
}

export interface UtilityChildren {
  spawn: Spawn;
  /** Ends every child at once, for when this process is about to end without having been asked nicely. */
  killAll(): void;
}

/**
 * Starts children as Electron's utility processes: they need no second Node, and a packaged application can start
 * them although it can not be run as Node. What they say on stderr is logged.
 */
export function spawnAsUtility(options: UtilityOptions): UtilityChildren {
  const running = new Set<ChildPort<unknown, unknown>>();
  const spawn: Spawn = <ToChild, FromChild>(entry: ChildEntry) => {
    const port = new UtilityPort<ToChild, FromChild>(entry, options);
    const registered = port as ChildPort<unknown, unknown>;
    running.add(registered);
    port.onEnd(() => running.delete(registered));
    return port;
  };
  return {
    spawn,
    killAll: () => {
      for (const port of running) port.kill();
    },
  };
}

class UtilityPort<ToChild, FromChild> implements ChildPort<ToChild, FromChild> {
  readonly #child: UtilityProcess | undefined;
  readonly #log: Log;
  readonly #entry: ChildEntry;
  readonly #endListeners: ((end: ChildEnd) => void)[] = [];
  #cancelDeadline: () => void = () => undefined;
  #end: ChildEnd | undefined;

  constructor(entry: ChildEntry, { entryPath, env, clock, log, argumentsFor }: UtilityOptions) {
    this.#entry = entry;
    this.#log = log;
    try {
      this.#child = utilityProcess.fork(entryPath(entry), [...argumentsFor(entry)], {
        serviceName: `plimsoll ${entry}`,
        // What scripts say would fill the log.
        stdio: ['ignore', 'ignore', entry === 'script' ? 'ignore' : 'pipe'],
        env: childEnvironment(env),
        execArgv: [],
      });
    } catch (thrown) {
      this.#problem(messageOf(thrown));
      queueMicrotask(() => this.#ended({ kind: 'crash', code: null, signal: null }));
      return;
    }
    this.#watch(this.#child, clock);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  send(message: ToChild): void {
    if (this.#end !== undefined) return;
    try {
      this.#child?.postMessage(message);
    } catch (thrown) {
      this.#problem(messageOf(thrown));
    }
  }

  onMessage(listener: (message: FromChild) => void): void {
    this.#child?.on('message', (message: FromChild) => listener(message));
  }

  onEnd(listener: (end: ChildEnd) => void): void {
    const end = this.#end;
    if (end === undefined) this.#endListeners.push(listener);
    else queueMicrotask(() => listener(end));
  }

  kill(): void {
    const pid = this.#child?.pid;
    this.#child?.kill();
    if (pid === undefined || process.platform === 'win32') return;
    try {
      // Electron asks with SIGTERM, which the children leave to main.
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  #watch(child: UtilityProcess, clock: Clock): void {
    // A launch that fails may leave neither an exit nor an error behind.
    this.#cancelDeadline = clock.after(launchDeadlineMs, () => {
      this.#problem(`it did not start within ${launchDeadlineMs / 1000} seconds`);
      this.kill();
      this.#ended({ kind: 'crash', code: null, signal: null });
    });
    child.on('spawn', () => {
      this.#cancelDeadline();
      if (child.stderr === null) return;
      createInterface({ input: child.stderr }).on('line', (line) =>
        this.#log.warn(line, { stage: this.#entry }),
      );
    });
    child.on('error', (type, location) => this.#problem(`${type} at ${location}`));
    // The only end there is: after an error, too, an exit follows.
    child.on('exit', (code) =>
      this.#ended(code === 0 ? { kind: 'exit', code } : { kind: 'crash', code, signal: null }),
    );
  }

  #ended(end: ChildEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#cancelDeadline();
    for (const listener of this.#endListeners) listener(end);
  }

  #problem(problem: string): void {
    this.#log.error('a child process could not be started or reached', {
      stage: this.#entry,
      error: problem,
    });
  }
}
