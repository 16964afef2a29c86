import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

const programs = ['18', '17', '16', '15']
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((folder) => existsSync(join(folder, 'initdb')));

/** Why there can be no PostgreSQL here, for tests that need one; undefined where there can. */
export const noPostgres =
  programs === undefined ? 'there is no PostgreSQL 15 or later here: apt-get install postgresql' : undefined;

export interface PostgresAccess {
  host: string;
  port: number;
  name: string;
  user: string;
}

/** A PostgreSQL of its own in a temporary directory, on loopback, run by a user that is not root. */
export class PostgresServer {
  readonly #directory: string;
  readonly #owner: { uid: number; gid: number } | undefined;
  readonly #settings: readonly string[];
  readonly port: number;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(
    directory: string,
    owner: { uid: number; gid: number } | undefined,
    port: number,
    settings: readonly string[],
  ) {
    this.#directory = directory;
    this.#owner = owner;
    this.port = port;
    this.#settings = settings;
  }

  /** `settings` are parameters of the server, such as `max_connections=10`. */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const owner = userInfo().uid === 0 ? unprivileged() : undefined;
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-postgres-'));
    if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
    const server = new PostgresServer(directory, owner, await freePort(), settings);
    const made = spawnSync(
      join(programs ?? '', 'initdb'),
      ['-D', server.#data, '-U', 'plimsoll', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
      { ...owner, encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    await server.run();
    return server;
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  /** Runs it again on what it has. */
  async run(): Promise<void> {
    const own = [
      'listen_addresses=127.0.0.1',
      `port=${this.port}`,
      `unix_socket_directories=${this.#directory}`,
    ];
    const words = [...own, 'shared_buffers=128MB', ...this.#settings].flatMap((setting) => ['-c', setting]);
    this.#process = spawn(join(programs ?? '', 'postgres'), ['-D', this.#data, ...words], {
      ...this.#owner,
      stdio: 'ignore',
    });
    for (let attempt = 0; ; attempt++) {
      try {
        await this.sql('SELECT 1', 'postgres');
        return;
      } catch (thrown) {
        if (attempt === 200 || this.#process.exitCode !== null) throw thrown;
        await pause(50);
      }
    }
  }

  /** Ends it as a power failure would, or at once but in order. */
  async halt(signal: 'SIGQUIT' | 'SIGINT' = 'SIGQUIT'): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  /** Ends it at once, for when nothing can be waited for. */
  kill(): void {
    this.#process?.kill('SIGQUIT');
  }

  /** A database that nobody has used yet. */
  async database(): Promise<PostgresAccess> {
    const name = `monitoring_${++this.#databases}`;
    await this.sql(`CREATE DATABASE ${name}`, 'postgres');
    return { host: '127.0.0.1', port: this.port, name, user: 'plimsoll' };
  }

  /** Runs a statement as the owner of the server. */
  async sql(text: string, database: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ host: '127.0.0.1', port: this.port, database, user: 'plimsoll' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** PostgreSQL refuses to be run by root. */
function unprivileged(): { uid: number; gid: number } {
  const id = (word: string, name: string) =>
    Number(spawnSync('id', [word, name], { encoding: 'utf8' }).stdout.trim());
  const name = spawnSync('id', ['-u', 'postgres']).status === 0 ? 'postgres' : 'nobody';
  return { uid: id('-u', name), gid: id('-g', name) };
}
