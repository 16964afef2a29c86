import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { SettingsView } from '../src-main/monitor/settings/settings-api.ts';
import { askOwner } from '../src-main/headless/owner-api.ts';
import type { Status } from '../src-main/contract/status.ts';
import type { Wanted } from './settings.ts';

const program = join(import.meta.dirname, '../dist/plimsoll.mjs');
const startMs = 20_000;
const stopMs = 10_000;

/** The program as a person starts it on a server: built, in processes of its own, in a home that nobody else uses. */
export class HeadlessPlimsoll {
  /** Where the settings file and what it names by a relative path lie. */
  readonly directory = mkdtempSync(join(tmpdir(), 'plimsoll-'));
  readonly dataDirectory = join(this.directory, 'data');
  readonly settingsFile: string | null;
  #child: ChildProcess | null = null;
  #output = '';
  #signInAddress = '';
  /** Every process that was seen to belong to it, dead ones included. */
  readonly #stagePids = new Set<number>();

  /** Without settings it starts as a first start does. */
  constructor(settings: Wanted | null) {
    this.settingsFile = settings === null ? null : join(this.directory, 'plimsoll.yaml');
    if (settings !== null) this.writeSettings(settings);
  }

  /** Such as `http://127.0.0.1:41234`. */
  get address(): string {
    return new URL(this.#signInAddress).origin;
  }

  /** The address that the start has printed: good once. */
  get printedAddress(): string {
    return this.#signInAddress;
  }

  /** Writes the settings file the way somebody with an editor does. */
  writeSettings(settings: Wanted | string): void {
    if (this.settingsFile === null) throw new Error('it was started without a settings file');
    writeFileSync(this.settingsFile, typeof settings === 'string' ? settings : stringify(settings));
  }

  readSettings(): string {
    if (this.settingsFile === null) throw new Error('it was started without a settings file');
    return readFileSync(this.settingsFile, 'utf8');
  }

  /** Starts it and waits until it has said where it is to be found; null: where its settings say. */
  async start(port: number | null = 0): Promise<void> {
    const config = this.settingsFile === null ? [] : ['--config', this.settingsFile];
    const words = [program, 'run', ...config, '--data', this.dataDirectory];
    if (port !== null) words.push('--port', String(port));
    mkdirSync(join(this.directory, 'home'), { recursive: true });
    const home = join(this.directory, 'home');
    const child = spawn(process.execPath, words, {
      env: { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, APPDATA: home, LOCALAPPDATA: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#output = '';
    const said = (part: Buffer): void => void (this.#output += part.toString());
    child.stdout.on('data', said);
    child.stderr.on('data', said);
    this.#signInAddress = await this.#within(startMs, 'print its address', () =>
      child.exitCode === null
        ? /^Open +(http\S+#code=\S+)/m.exec(this.#output)?.[1]
        : this.#complain('ended'),
    );
  }

  /** Starts it again where browsers know it to be. */
  restart(): Promise<void> {
    return this.start(Number(new URL(this.#signInAddress).port));
  }

  /** The API as the owner's commands reach it, through the socket in the data directory. */
  async api<Answer>(
    path: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' = 'GET',
    body?: unknown,
  ): Promise<Answer> {
    return (await askOwner(this.dataDirectory, method, `/api/v1/${path}`, body)) as Answer;
  }

  async status(): Promise<Status> {
    const status = await this.api<Status>('status');
    for (const { pid } of status.stages) if (pid !== null) this.#stagePids.add(pid);
    return status;
  }

  /** Asks for the status until it is as wanted, and returns it. */
  statusWhen(what: string, wanted: (status: Status) => boolean, withinMs = 10_000): Promise<Status> {
    return this.#within(withinMs, what, async () => {
      const status = await this.status();
      return wanted(status) ? status : undefined;
    });
  }

  settings(): Promise<SettingsView> {
    return this.api<SettingsView>('settings');
  }

  /** Changes settings at once, as another window would. */
  async changeSettings(change: (settings: SettingsView['settings']) => void): Promise<void> {
    const { settings, revision } = await this.settings();
    change(settings);
    await this.api('settings', 'PUT', { settings, revision });
  }

  /** A fresh address that signs in, once. */
  async freshAddress(): Promise<string> {
    const { code } = await this.api<{ code: string }>('codes', 'POST');
    return `${this.address}/#code=${code}`;
  }

  /** Ends it in good order. Throws unless it exits with 0 and leaves no process behind. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    await this.status().catch(() => undefined);
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null)
      this.#complain('had ended before it was stopped');
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(stopMs) });
    child.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    if (code !== 0) this.#complain(`exited with ${code}`);
    await this.#within(2000, 'take its processes along', () =>
      [...this.#stagePids].some(isRunning) ? undefined : true,
    );
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Removes what it has left on disk. */
  async discard(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #within<T>(ms: number, what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) this.#complain(`did not ${what} within ${ms} ms`);
      await pause(20);
    }
  }

  #complain(what: string): never {
    throw new Error(`Plimsoll ${what}. It had said:\n${this.#output}`);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
