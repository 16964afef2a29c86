import type { ChildEnd, ChildEntry, ChildPort, Spawn } from '../contract/port.ts';

/** A child process as main sees it, made to speak and ended by the test. */
export class ScriptedChild<ToChild, FromChild> implements ChildPort<ToChild, FromChild> {
  readonly entry: ChildEntry;
  readonly pid: number;
  readonly sent: ToChild[] = [];
  killed = false;
  /** Called with each message after it was noted, to answer by itself. */
  onSent: (message: ToChild) => void = () => undefined;
  #onMessage: (message: FromChild) => void = () => undefined;
  #onEnd: (end: ChildEnd) => void = () => undefined;

  constructor(entry: ChildEntry, pid: number) {
    this.entry = entry;
    this.pid = pid;
  }

  send(message: ToChild): void {
    this.sent.push(message);
    this.onSent(message);
  }

  onMessage(listener: (message: FromChild) => void): void {
    this.#onMessage = listener;
  }

  onEnd(listener: (end: ChildEnd) => void): void {
    this.#onEnd = listener;
  }

  kill(): void {
    this.killed = true;
    this.end({ kind: 'crash', code: null, signal: 'SIGKILL' });
  }

  say(message: FromChild): void {
    this.#onMessage(message);
  }

  end(end: ChildEnd): void {
    this.#onEnd(end);
  }
}

/** Children that a test has in its hand instead of processes, in the order in which they were started. */
export class ScriptedChildren<ToChild, FromChild> {
  readonly started: ScriptedChild<ToChild, FromChild>[] = [];
  /** While set, nothing can be started. */
  problem: Error | null = null;
  /** Called with each child that was started. */
  onStart: (child: ScriptedChild<ToChild, FromChild>) => void = () => undefined;

  readonly spawn = ((entry: ChildEntry) => {
    if (this.problem !== null) throw this.problem;
    const child = new ScriptedChild<ToChild, FromChild>(entry, 100 + this.started.length);
    this.started.push(child);
    this.onStart(child);
    return child;
  }) as unknown as Spawn;

  /** The one of this entry that was started last. */
  newest(entry: ChildEntry): ScriptedChild<ToChild, FromChild> {
    const child = this.started.findLast((other) => other.entry === entry);
    if (child === undefined) throw new Error(`no ${entry} process was started`);
    return child;
  }
}
