import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { childEnvironment } from '../../base/child-environment.ts';
import { messageOf, PlimsollError, systemCodeOf } from '../../contract/error.ts';
import { excessOf, limits, underLimits } from './limits.ts';
import type { Call } from './limits.ts';
import { heldBack } from './held-back.ts';
import { endAll, endProcess, marked, RunTraces } from './run-traces.ts';

export interface ChildTask {
  program: string;
  words: readonly string[];
  folder: string;
  /** Added to the environment that every child gets. */
  env: Readonly<Record<string, string>>;
  /** Whether it gets a stdin; otherwise there is nothing to read. */
  hasInput: boolean;
  mark: string;
}

export interface ChildEnd {
  code: number | null;
  /** The signal that ended it, whoever sent it. */
  signal: string | null;
}

/** Children of this process, which must end with it. */
const running = new Set<ScriptChild>();

/** Ends all children; called when this process is about to end. */
export function endAllRuns(): void {
  for (const child of running) child.end();
}

/**
 * A program started without a shell, in its own process group, with an environment that contains none of our secrets.
 * Everything it starts belongs to it and ends with it; on Linux this includes processes that left its group and
 * session.
 */
export class ScriptChild {
  readonly #child: ChildProcess;
  readonly #traces: RunTraces;
  #watch: NodeJS.Timeout | undefined;
  readonly stdout = new Output(limits.outputBytes);
  readonly stderr = new Output(limits.outputBytes);
  /** Resolves when it has ended and all its output has arrived. */
  readonly ended: Promise<ChildEnd>;

  private constructor(child: ChildProcess, traces: RunTraces) {
    this.#child = child;
    this.#traces = traces;
    running.add(this);
    const { promise, resolve } = Promise.withResolvers<ChildEnd>();
    this.ended = promise;
    child.stdout?.on('data', (chunk: Buffer) => this.stdout.take(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.stderr.take(chunk));
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.on('close', (code, signal) => resolve({ code, signal }));
    // A process that it started could hold its pipes open for ever; its own output has arrived by then.
    child.on('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), limits.pipesMs));
  }

  /** Throws `unsupported` if the system cannot start it. */
  static async start(task: ChildTask): Promise<ScriptChild> {
    for (let retry = 0; ; retry++) {
      try {
        return await started(task, (child, traces) => new ScriptChild(child, traces));
      } catch (thrown) {
        // The copy was just written; a process between fork and exec may still have it open.
        if (systemCodeOf(thrown) !== 'ETXTBSY' || retry === busyRetries)
          throw notStarted(task.program, thrown);
        await pause(busyMs);
      }
    }
  }

  /** Writes a line to its stdin. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Writes the rest of its input and closes stdin. */
  finish(input: string): void {
    this.#child.stdin?.end(input);
  }

  /**
   * Returns the result of the work. Ends the child and throws at the first limit that is exceeded meanwhile:
   * `deadline`, or `too_large` for output, memory or processes.
   */
  async within<T>(work: Promise<T>, call: Call): Promise<T> {
    try {
      return await underLimits(work, call, {
        processes: () => this.#traces.processes(this.#child.pid),
        onTooMuchOutput: (callback) => {
          this.stdout.onTooMuch = callback;
          this.stderr.onTooMuch = callback;
        },
      });
    } catch (thrown) {
      this.end();
      throw thrown;
    }
  }

  /** Also checks the limits between readings, for as long as the child lives. */
  watch(): void {
    this.#watch = setInterval(() => {
      if (excessOf(this.#traces.processes(this.#child.pid)) !== null) this.end();
    }, limits.lookBetweenMs);
    this.#watch.unref();
  }

  /** Ends the processes that it started and left running. */
  endOthers(): void {
    const { pid } = this.#child;
    const others = () => this.#traces.processes(pid).flatMap((each) => (each.pid === pid ? [] : [each.pid]));
    endAll(others);
  }

  end(): void {
    clearInterval(this.#watch);
    const { pid } = this.#child;
    if (!running.delete(this) || pid === undefined) return;
    if (process.platform === 'win32') this.#endTree(pid);
    else {
      endProcess(-pid);
      endAll(() => this.#traces.processes(pid).map((each) => each.pid));
    }
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #endTree(pid: number): void {
    if (this.#child.exitCode !== null) return;
    const words = ['/pid', String(pid), '/T', '/F'];
    spawn('taskkill', words, { windowsHide: true }).on('error', () => this.#child.kill());
  }
}

const busyRetries = 10;
const busyMs = 20;

async function started(
  { program, words, folder, env, hasInput, mark }: ChildTask,
  make: (child: ChildProcess, traces: RunTraces) => ScriptChild,
): Promise<ScriptChild> {
  const { UV_THREADPOOL_SIZE: _threads, ...common } = childEnvironment(process.env);
  const traces = new RunTraces(mark);
  const [held, heldWords] = heldBack(program, words);
  const child = spawn(held, heldWords, {
    cwd: folder,
    env: { ...common, ...env, ...marked(mark) },
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const made = make(child, traces);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (thrown) => {
      made.end();
      reject(thrown);
    });
  });
  return made;
}

/** Collects bytes up to a limit, and reports when there are more. */
class Output {
  readonly #bytesAtMost: number;
  #chunks: Buffer[] = [];
  #length = 0;
  onTooMuch: () => void = () => undefined;
  /** Called with all the text so far, whenever more arrives. */
  onText: (text: string) => void = () => undefined;

  constructor(bytesAtMost: number) {
    this.#bytesAtMost = bytesAtMost;
  }

  take(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.#bytesAtMost) return this.onTooMuch();
    this.#chunks.push(chunk);
    this.onText(this.text());
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}

function notStarted(program: string, thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const code = systemCodeOf(thrown);
  const why =
    code === 'EACCES'
      ? 'the system does not let it be run. Is the data directory on a file system that is mounted with noexec? Set an interpreter then'
      : code === 'ENOEXEC'
        ? 'it is made for another system or processor'
        : messageOf(thrown);
  const isPassing = code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE';
  return new PlimsollError('unsupported', `${program} could not be started: ${why}.`, {
    retry: isPassing,
    cause: thrown,
  });
}
