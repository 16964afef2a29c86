import type * as Electron from 'electron';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { app } from './app.ts';
import { Cancellable } from './cancellable.ts';
import type { Like } from './like.ts';

const childSide = fileURLToPath(new URL('./utility-child.ts', import.meta.url));
const patienceMs = 2000;

export class StandInUtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;

  constructor(entry: string, args: string[], options: Electron.ForkOptions) {
    super();
    const { stdio = 'inherit' } = options;
    const [, out = 'inherit', err = 'inherit'] = (Array.isArray(stdio) ? stdio : [stdio, stdio, stdio]) as (
      'pipe' | 'ignore' | 'inherit'
    )[];
    this.#child = fork(entry, args, {
      serialization: 'advanced',
      stdio: ['ignore', out, err, 'ipc'],
      env: options.env === undefined ? process.env : { ...options.env },
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', childSide, ...(options.execArgv ?? [])],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#child.on('spawn', () => this.emit('spawn'));
    this.#child.on('message', (message) => this.emit('message', message));
    // Electron has no such event for a child that cannot be reached; `exit` says it.
    this.#child.on('error', () => undefined);
    this.#child.on('exit', (code, signal) => {
      const exitCode = code ?? constants.signals[signal ?? 'SIGTERM'];
      this.emit('exit', exitCode);
      if (exitCode === 0) return;
      app.emit('child-process-gone', new Cancellable(), {
        type: 'Utility',
        reason: signal === null ? 'abnormal-exit' : 'killed',
        exitCode,
        serviceName: 'node.mojom.NodeService',
        name: options.serviceName ?? 'Node Utility Process',
      });
    });
  }

  static fork(entry: string, args: string[] = [], options: Electron.ForkOptions = {}): StandInUtilityProcess {
    if (!app.isReady()) throw new Error('utilityProcess cannot be created before app is ready.');
    return new StandInUtilityProcess(entry, args, options);
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  get stdout() {
    return this.#child.stdout;
  }

  get stderr() {
    return this.#child.stderr;
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object, () => undefined);
  }

  /** As Electron does: SIGTERM, and SIGKILL for a child that did not heed it for two seconds. */
  kill(): boolean {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    this.#child.once('exit', () => clearTimeout(timer));
    return this.#child.kill('SIGTERM');
  }
}

null as unknown as StandInUtilityProcess satisfies Like<Electron.UtilityProcess>;

export const utilityProcess = { fork: StandInUtilityProcess.fork };
