import { afterAbout } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../contract/error.ts';
import type { ChildEnd, ChildPort, Spawn } from '../../contract/port.ts';
import type { StageHealth, StageName } from '../../contract/status.ts';

/** The first restart is immediate for a person; later ones wait longer. */
const restartDelaysMs = [100, 300, 1000, 3000];
/** After this many deaths within the window it waits for a manual retry. */
const breakerDeaths = 5;
const breakerWindowMs = 5 * 60_000;
const stopDeadlineMs = 3000;
/**
 * Children report their cost every ten seconds. A child that was silent at three checks in a row hangs. Checks are
 * counted rather than time, so that sleep of the whole machine does not count.
 */
const lookEveryMs = 15_000;
const silentLooks = 3;

interface StageOptions<ToChild, FromChild> {
  entry: StageName;
  spawn: Spawn;
  clock: Clock;
  stopMessage: ToChild;
  onMessage(message: FromChild): void;
  /** The process is gone; its unanswered messages will not be answered. */
  onGone(): void;
  onHealth(health: StageHealth): void;
}

/**
 * Keeps one child process running: restarts it when it dies, with increasing delays, and gives up after five deaths in
 * five minutes, until `retry`. Messages to a missing process are dropped: a sender whose message must not be lost sends
 * it again when the new process reports that it is ready.
 */
export class Stage<ToChild, FromChild extends { type: string }> {
  readonly #options: StageOptions<ToChild, FromChild>;
  #port: ChildPort<ToChild, FromChild> | undefined;
  #health: StageHealth;
  #recentDeaths: number[] = [];
  #cancelRestart: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #wasHeard = false;
  #hung = false;
  #stopped: (() => void) | undefined;
  #stopping = false;
  #refused = false;

  constructor(options: StageOptions<ToChild, FromChild>) {
    this.#options = options;
    this.#health = {
      stage: options.entry,
      state: 'starting',
      pid: null,
      since: options.clock.now(),
      deaths: 0,
      problem: null,
    };
  }

  get health(): StageHealth {
    return this.#health;
  }

  start(): void {
    if (this.#stopping) return;
    this.#refused = false;
    const port = this.#spawn();
    if (port === undefined) return;
    this.#port = port;
    port.onMessage((message) => {
      if (this.#port !== port) return;
      this.#wasHeard = true;
      if (message.type === 'ready') {
        this.#lookAfter(port, 0);
        // A process that refused may have succeeded later, once a lock was free or the disk had room.
        this.#refused = false;
        // A utility process gets its pid only once it runs.
        this.#change({ state: 'running', problem: null, pid: port.pid ?? null });
      }
      this.#options.onMessage(message);
    });
    port.onEnd((end) => {
      if (this.#port === port) this.#ended(end);
    });
    this.#change({ state: this.#health.deaths === 0 ? 'starting' : 'restarting', pid: port.pid ?? null });
  }

  send(message: ToChild): void {
    this.#port?.send(message);
  }

  /** Records that the process runs but cannot do its work, and that a restart would not help. */
  refuse(problem: string): void {
    this.#refused = true;
    this.#change({ state: 'degraded', problem });
  }

  /** Starts it again if it had given up, or restarts it. */
  retry(): void {
    if (this.#stopping) return;
    this.#recentDeaths = [];
    this.#cancelRestart?.();
    const running = this.#port;
    this.#port = undefined;
    this.#cancelLook?.();
    if (running !== undefined) {
      running.kill();
      this.#options.onGone();
    }
    this.start();
  }

  /** Asks the process to end, waits up to three seconds, and then kills it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart?.();
    this.#cancelLook?.();
    const port = this.#port;
    if (port !== undefined) {
      const ended = new Promise<void>((resolve) => (this.#stopped = resolve));
      const cancel = this.#options.clock.after(stopDeadlineMs, () => port.kill());
      port.send(this.#options.stopMessage);
      await ended;
      cancel();
    }
    this.#change({ state: 'stopped', pid: null });
  }

  /** Undefined if nothing could be started, for example without memory: retried like a death. */
  #spawn(): ChildPort<ToChild, FromChild> | undefined {
    try {
      return this.#options.spawn<ToChild, FromChild>(this.#options.entry);
    } catch (thrown) {
      this.#died(`before it could start (${messageOf(thrown)})`);
      return undefined;
    }
  }

  /** Ends a process that runs but has been silent for too long. */
  #lookAfter(port: ChildPort<ToChild, FromChild>, silentBefore: number): void {
    this.#cancelLook?.();
    this.#wasHeard = false;
    this.#cancelLook = afterAbout(this.#options.clock, lookEveryMs, () => {
      const silent = this.#wasHeard ? 0 : silentBefore + 1;
      if (silent < silentLooks) return this.#lookAfter(port, silent);
      this.#hung = true;
      port.kill();
    });
  }

  #ended(end: ChildEnd): void {
    this.#port = undefined;
    this.#cancelLook?.();
    this.#options.onGone();
    this.#stopped?.();
    const how = this.#hung ? 'because it no longer answered' : endText(end);
    this.#hung = false;
    if (!this.#stopping) this.#died(how);
  }

  /** `how` completes "It ended …". */
  #died(how: string): void {
    const now = this.#options.clock.monotonic();
    this.#recentDeaths = [...this.#recentDeaths.filter((at) => now - at < breakerWindowMs), now];
    const deaths = this.#health.deaths + 1;
    if (this.#refused) {
      this.#change({ pid: null, deaths });
    } else if (this.#recentDeaths.length >= breakerDeaths) {
      this.#change({
        state: 'degraded',
        pid: null,
        deaths,
        problem: `It ended ${breakerDeaths} times within five minutes, last ${how}.`,
      });
    } else {
      const delay = restartDelaysMs[this.#recentDeaths.length - 1] ?? restartDelaysMs.at(-1) ?? 0;
      this.#change({
        state: 'restarting',
        pid: null,
        deaths,
        problem: `It ended ${how} and is being restarted.`,
      });
      this.#cancelRestart = this.#options.clock.after(delay, () => this.start());
    }
  }

  #change(change: Partial<StageHealth>): void {
    const since =
      change.state !== undefined && change.state !== this.#health.state
        ? this.#options.clock.now()
        : this.#health.since;
    this.#health = { ...this.#health, ...change, since };
    this.#options.onHealth(this.#health);
  }
}

function endText(end: ChildEnd): string {
  if (end.kind === 'exit') return 'by itself';
  return end.signal === null ? `with code ${end.code ?? 'unknown'}` : `by ${end.signal}`;
}
