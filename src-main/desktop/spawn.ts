import { utilityProcess } from 'electron';
import type { UtilityProcess } from 'electron';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../base/child-environment.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { ChildEnd, ChildEntry, ChildPort, Spawn } from '../contract/port.ts';

/** A process that has not started within this time, in milliseconds, never will. */
const launchDeadlineMs = 10_000;

export interface UtilityOptions {
  entryPath: (entry: ChildEntry) => string;
  /** The environment to select from; children get only what `childEnvironment` passes on. */
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Log;
  argumentsFor: (entry: ChildEntry) => readonly string[];
}

export interface UtilityChildren {
  spawn: Spawn;
  /** Kills every child at once, when this process is about to end without an orderly stop. */
  killAll(): void;
}

/**
 * Starts children as Electron's utility processes: they need no separate Node, and a packaged application can start
 * them although it cannot run as Node. Their stderr is logged.
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
        // Output of scripts would fill the log.
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
      // Electron's own `kill` sends SIGTERM, which the children ignore.
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended already.
    }
  }

  #watch(child: UtilityProcess, clock: Clock): void {
    // A failed launch may report neither an exit nor an error.
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
    // The only event for an end: an exit follows an error too.
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
