import type { Clock } from '../../base/clock.ts';
import type {
  CountedReading,
  FromCollectors,
  ScheduledSource,
  ToCollectors,
} from '../../collectors/messages.ts';
import { ReadingUnpacker } from '../../collectors/packed-readings.ts';
import type { PackedReadings } from '../../collectors/packed-readings.ts';
import type { Slowness } from '../../collectors/pace.ts';
import type { ApprovedTask } from '../../collectors/scripts/run-program.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { ProgramEnd } from '../../contract/program.ts';
import type { Reading } from '../../contract/sample.ts';
import type { StageHealth } from '../../contract/status.ts';
import type { TopPrograms } from '../../contract/top-programs.ts';
import { ModuleProcesses } from './module-processes.ts';
import { Stage } from './stage.ts';

interface CollectorsLinkOptions {
  host: string;
  spawn: Spawn;
  clock: Clock;
  onReading(reading: Reading, missedRuns: number): void;
  onHealth(health: StageHealth): void;
  onCost(cpuMs: number): void;
}

/** Two collections of ten seconds at most, and a second between them. */
const answerDeadlineMs = 25_000;

/** A firing alert waits no longer for the list of programs. */
const topDeadlineMs = 2_000;

/** For starting and ending a program. */
const answerMarginMs = 2_000;

type Answer = Extract<FromCollectors, { id: number }>;

interface Waiting {
  resolve(answer: Answer): void;
  reject(problem: PlimsollError): void;
  cancelDeadline(): void;
}

/**
 * Main's side of the collectors process: tells it what to sample, also after each restart, and passes on its readings.
 */
export class CollectorsLink {
  readonly #options: CollectorsLinkOptions;
  readonly #stage: Stage<ToCollectors, FromCollectors>;
  readonly #modules: ModuleProcesses;
  #configuration: ToCollectors | undefined;
  /** Of the current process. */
  #unpacker = new ReadingUnpacker();
  /** Open windows. */
  #watchers = 0;
  #networkUp: boolean | null = null;
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: CollectorsLinkOptions) {
    this.#options = options;
    this.#modules = new ModuleProcesses({
      spawn: options.spawn,
      onOutcome: (id, outcome) => this.#stage.send({ type: 'module-called', id, outcome }),
    });
    this.#stage = new Stage<ToCollectors, FromCollectors>({
      entry: 'collectors',
      spawn: options.spawn,
      clock: options.clock,
      stopMessage: { type: 'stop' },
      onMessage: (message) => this.#receive(message),
      onGone: () => this.#gone(),
      onHealth: options.onHealth,
    });
  }

  get health(): StageHealth {
    return this.#stage.health;
  }

  /** Whether this machine has a network; null while unknown, or while no process checks. */
  get networkUp(): boolean | null {
    return this.#networkUp;
  }

  configure(sources: ScheduledSource[], maxWorkers: number, slowness: Slowness): void {
    const { host } = this.#options;
    this.#configuration = { type: 'configure', host, maxWorkers, slowness, sources };
    if (this.#stage.health.state === 'running') this.#stage.send(this.#configuration);
  }

  /** A window shows the readings until the returned function is called. */
  watch(): () => void {
    this.#watchers++;
    this.#tellWatched();
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      if (--this.#watchers === 0) this.#tellWatched();
    };
  }

  #tellWatched(): void {
    const isWatched = this.#watchers > 0;
    if (this.#stage.health.state === 'running') this.#stage.send({ type: 'watched', isWatched });
  }

  /** Rates across lost time would be misleading. */
  timeLost(): void {
    if (this.#stage.health.state === 'running') this.#stage.send({ type: 'time-lost' });
  }

  /** Samples a source once. Rejects with `stage_down` if there is no process, and `deadline` if it does not answer. */
  async sample(source: ScheduledSource): Promise<Reading> {
    const { host } = this.#options;
    const answer = await this.#ask(answerDeadlineMs, (id) => ({ type: 'sample', id, host, source }));
    if (answer.type !== 'sampled') throw wrongAnswer(answer);
    return answer.reading;
  }

  /**
   * The current top programs and their state ten minutes ago. Rejects with `stage_down` and `deadline` as `sample`
   * does, the latter after two seconds, and with `unreadable` if the processes cannot be read.
   */
  async topPrograms(): Promise<TopPrograms> {
    const answer = await this.#ask(topDeadlineMs, (id) => ({ type: 'top', id }));
    if (answer.type !== 'top') throw wrongAnswer(answer);
    const { programs } = answer;
    if ('problem' in programs) throw new PlimsollError('unreadable', programs.problem, { retry: true });
    return programs;
  }

  /**
   * Runs a program as described for `RunProgram`. It runs in the collectors, because its processes are checked all the
   * time there, and because they end with the collectors whatever happens to main. Rejects with `stage_down` as
   * `sample` does.
   */
  async run(task: ApprovedTask, signal: AbortSignal): Promise<ProgramEnd> {
    const end = (id: number) => this.#stage.send({ type: 'end-run', id });
    let cancel: () => void = () => undefined;
    const answer = await this.#ask(task.deadlineMs + answerMarginMs, (id) => {
      cancel = () => end(id);
      signal.addEventListener('abort', cancel, { once: true });
      return { type: 'run', id, task };
    }).finally(() => signal.removeEventListener('abort', cancel));
    if (answer.type !== 'ran') throw wrongAnswer(answer);
    const { outcome } = answer;
    if (outcome.type === 'ended') return outcome.end;
    throw new PlimsollError(outcome.code, outcome.message, { retry: outcome.retry });
  }

  #ask(deadlineMs: number, question: (id: number) => ToCollectors): Promise<Answer> {
    if (this.#stage.health.state !== 'running') return Promise.reject(away());
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#options.clock.after(deadlineMs, () => {
        this.#waiting.delete(id);
        reject(new PlimsollError('deadline', 'The collectors did not answer in time.', { retry: true }));
      });
      this.#waiting.set(id, { resolve, reject, cancelDeadline });
      this.#stage.send(question(id));
    });
  }

  start(): void {
    this.#stage.start();
  }

  retry(): void {
    this.#stage.retry();
  }

  stop(): Promise<void> {
    return this.#stage.stop();
  }

  #receive(message: FromCollectors): void {
    switch (message.type) {
      case 'ready':
        this.#unpacker = new ReadingUnpacker();
        this.#stage.send({ type: 'watched', isWatched: this.#watchers > 0 });
        if (this.#configuration !== undefined) this.#stage.send(this.#configuration);
        return;
      case 'readings':
        for (const readings of [this.#unpacked(message.packed), message.readings])
          for (const { reading, missedRuns } of readings) this.#options.onReading(reading, missedRuns);
        return;
      case 'sampled':
      case 'top':
      case 'ran':
        this.#settle(message.id)?.resolve(message);
        return;
      case 'call-module':
        this.#modules.call(message.id, message.call);
        return;
      case 'end-module':
        this.#modules.end(message.id);
        return;
      case 'network':
        this.#networkUp = message.isUp;
        return;
      case 'cost':
        this.#options.onCost(message.cpuMs);
        return;
      case 'stopped':
        return;
    }
  }

  #unpacked(packed: PackedReadings | undefined): CountedReading[] {
    return packed === undefined ? [] : this.#unpacker.unpack(packed);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancelDeadline();
    return waiting;
  }

  #gone(): void {
    this.#modules.endAll();
    this.#networkUp = null;
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(away());
  }
}

function wrongAnswer({ type }: Answer): Error {
  return new Error(`the collectors answered with ${type}`);
}

function away(): PlimsollError {
  return new PlimsollError('stage_down', 'The collectors are not running at the moment. Try again.', {
    retry: true,
  });
}
