import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../headless/main.ts', import.meta.url));

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  error: string;
}

/** The real command line in processes of its own, with a home directory that nobody else uses. */
export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'plimsoll-home-'));
  readonly data = join(this.home, 'data');
  readonly #running = new Set<ChildProcess>();

  /** Runs a command to its end. */
  async run(words: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return outcomeOf(this.#spawn(words, env));
  }

  /** Runs a command through a shell to its end, which may say where its output goes: `"$@" > FILE`. */
  async runInShell(script: string, words: readonly string[]): Promise<Outcome> {
    return outcomeOf(this.#spawnProgram('sh', ['-c', script, 'sh', process.execPath, program, ...words], {}));
  }

  /** Starts `plimsoll run`, or `hub`, on `data` and waits until it has printed its address, or has ended. */
  async start(
    words: readonly string[] = ['--port', '0'],
    env: Record<string, string> = {},
    command: 'run' | 'hub' = 'run',
  ): Promise<Started> {
    const child = this.#spawn([command, '--data', this.data, ...words], env);
    const outcome = outcomeOf(child);
    let said = '';
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (part: Buffer) => {
        said += part.toString();
        const found = /^Open +(http\S+)#code=/m.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      outcome.then((ended) => reject(new Error(`plimsoll run ended: ${JSON.stringify(ended)}`)), reject);
    });
    return { child, url, outcome };
  }

  /** Starts a command whose output nobody reads: its end of the pipes is closed before it can say anything. */
  startUnread(words: readonly string[]): ChildProcess {
    const child = this.#spawn(words, {});
    child.stdout?.destroy();
    child.stderr?.destroy();
    return child;
  }

  /** Starts a command and does not wait for its end. */
  begin(words: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> } {
    const child = this.#spawn(words, {});
    return { child, outcome: outcomeOf(child) };
  }

  /** The processes that the running Plimsoll has started. */
  async children(): Promise<number[]> {
    const { out } = await this.run(['status', '--json', '--data', this.data]);
    const { status } = JSON.parse(out) as { status: { stages: { pid: number }[] } };
    return status.stages.map(({ pid }) => pid);
  }

  /** Ends what a failed test has left. */
  close(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #spawn(words: readonly string[], env: Record<string, string>): ChildProcess {
    return this.#spawnProgram(process.execPath, [program, ...words], env);
  }

  #spawnProgram(file: string, words: readonly string[], env: Record<string, string>): ChildProcess {
    const child = spawn(file, words, {
      cwd: this.home,
      env: { PATH: process.env['PATH'], HOME: this.home, USERPROFILE: this.home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.on('exit', () => this.#running.delete(child));
    return child;
  }
}

export interface Started {
  child: ChildProcess;
  /** Such as `http://127.0.0.1:8888/`. */
  url: string;
  outcome: Promise<Outcome>;
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the command line is started with pipes');
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('exit', (code, signal) => resolve([code, signal])),
  );
  const [out, error, [code, signal]] = await Promise.all([text(stdout), text(stderr), ended]);
  return { code, signal, out, error };
}

/** Whether a process runs. One that has ended and that nobody has asked about yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No /proc, as on macOS; or it has just ended.
    return process.platform !== 'linux';
  }
}

/** Those of some processes that still run, with what the system says that they are doing: more than a number when a test fails. */
export function stillRunning(pids: readonly number[]): string[] {
  return pids.filter(isRunning).map((pid) => {
    const about = ['cmdline', 'stat', 'wchan'].map((name) => {
      try {
        return readFileSync(`/proc/${pid}/${name}`, 'latin1').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    });
    return [pid, ...about].join(' | ');
  });
}
