import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TakePacker } from '../packed-takes.ts';
import type { Reading } from '../../contract/sample.ts';
import { PostgresServer, noPostgres } from '../../testing/postgres.ts';
import type { PostgresAccess } from '../../testing/postgres.ts';
import type { FromHistory } from '../messages.ts';
import type { ToPostgres } from './serve.ts';
import { PostgresHistory } from './store.ts';

const entry = fileURLToPath(new URL('host.ts', import.meta.url));
const begin = Date.UTC(2026, 0, 5);

function reading(tick: number): Reading {
  const samples = ['a', 'b', 'c'].map((metric) => ({ metric, labels: {}, value: tick }));
  return { host: 'h', source: 'cpu', at: begin + tick, durationMs: 1, samples, error: null };
}

/** The history process as main sees it. */
class Host {
  readonly child: ChildProcess;
  readonly answers: Exclude<FromHistory, { type: 'cost' }>[] = [];

  constructor(access: PostgresAccess) {
    this.child = fork(entry, [], { execArgv: [], serialization: 'advanced' });
    onTestFinished(() => void this.child.kill('SIGKILL'));
    this.child.on('message', (message) => {
      if ((message as FromHistory).type !== 'cost') this.answers.push(message as never);
    });
    this.send({ type: 'connect', access });
  }

  send(message: ToPostgres): void {
    this.child.send(message);
  }

  count(type: FromHistory['type']): number {
    return this.answers.filter((one) => one.type === type).length;
  }

  last(type: 'refused' | 'not-committed') {
    return this.answers.filter((one) => one.type === type).at(-1);
  }

  /** Sends readings again until they are committed, as main does. Returns how often that failed. */
  async commit(batch: number, tick: number): Promise<number> {
    for (let failures = 0; ; failures++) {
      const before = this.answers.length;
      this.send({ type: 'append', batch, readings: new TakePacker().pack([reading(tick)]) });
      await expect.poll(() => this.answers.length, { interval: 2, timeout: 30_000 }).toBeGreaterThan(before);
      if (this.answers.at(-1)?.type === 'committed') return failures;
      await pause(20);
    }
  }
}

describe.skipIf(noPostgres !== undefined)(
  `the database goes away${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start(['max_connections=20']);
    });
    afterAll(() => server.close());

    const clientsOf = (access: PostgresAccess, what: string) =>
      server.sql(
        `SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
         WHERE application_name = 'plimsoll' AND datname = '${access.name}' AND ${what}`,
        'postgres',
      );

    test('50 times its clients are ended, at rest and at work: the process survives, and nothing acknowledged is lost', async () => {
      const access = await server.database();
      const host = new Host(access);
      await expect.poll(() => host.count('ready'), { timeout: 30_000 }).toBe(1);
      let ended = 0;
      let rounds = 0;
      let tick = 0;
      const acknowledged: number[] = [];
      const send = async () => {
        await host.commit(tick, tick);
        acknowledged.push(tick++);
      };
      for (; rounds < 50; rounds++) {
        if (rounds % 2 === 0) {
          await send();
          ended += Number((await clientsOf(access, "state = 'idle'"))[0]?.['ended']);
          await send();
        } else {
          const sending = send();
          ended += Number((await clientsOf(access, 'true'))[0]?.['ended']);
          await sending;
        }
      }
      expect(ended).toBeGreaterThanOrEqual(50);
      expect([host.child.exitCode, host.child.signalCode, host.count('ready')]).toEqual([null, null, 1]);
      const rows = await server.sql(
        `SELECT at - ${begin} AS tick, count(*)::int AS series FROM plimsoll.sample GROUP BY at ORDER BY at`,
        access.name,
      );
      expect(rows.map((row) => [Number(row['tick']), row['series']])).toEqual(
        acknowledged.map((each) => [each, 3]),
      );
    });

    test('a power failure of the server loses nothing that was acknowledged, and the process goes on by itself', async () => {
      const access = await server.database();
      const host = new Host(access);
      await host.commit(1, 1);
      await server.halt();
      host.send({ type: 'append', batch: 2, readings: new TakePacker().pack([reading(2)]) });
      await expect.poll(() => host.last('not-committed')).toMatchObject({ code: 'unreachable' });
      await server.run();
      await host.commit(2, 2);
      expect(await server.sql('SELECT count(*)::int AS n FROM plimsoll.sample', access.name)).toEqual([
        { n: 6 },
      ]);
    });

    test('a server that is away at the start is waited for', async () => {
      const access = await server.database();
      await server.halt('SIGINT');
      const host = new Host(access);
      await expect
        .poll(() => host.last('refused'), { timeout: 20_000 })
        .toMatchObject({ code: 'unreachable', message: expect.stringContaining('Is it running') as unknown });
      await server.run();
      await expect.poll(() => host.count('ready'), { timeout: 30_000 }).toBe(1);
      await host.commit(1, 1);
    });

    test('read-only, too many clients, a full disk, no permission, no such database: each says what it is', async () => {
      const access = await server.database();
      const store = await PostgresHistory.open(access, () => begin);
      onTestFinished(() => store.close());
      await store.take([reading(1)]);
      await clientsOf(access, 'true');
      await server.sql(`ALTER DATABASE ${access.name} SET default_transaction_read_only = on`, 'postgres');
      await clientsOf(access, 'true');
      const problem = (work: Promise<unknown>) =>
        work.then(
          () => null,
          (thrown: unknown) => thrown as { code: string; message: string; retry: boolean },
        );
      await problem(store.take([reading(2)]));
      expect(await problem(store.take([reading(2)]))).toMatchObject({
        code: 'unreachable',
        retry: true,
        message: expect.stringContaining('read-only') as unknown,
      });
      await server.sql(`ALTER DATABASE ${access.name} RESET default_transaction_read_only`, 'postgres');
      await clientsOf(access, 'true');
      await expect.poll(() => problem(store.take([reading(2)]))).toBeNull();

      await server.sql(`ALTER DATABASE ${access.name} CONNECTION LIMIT 0`, 'postgres');
      await server.sql('CREATE ROLE limited LOGIN CONNECTION LIMIT 0', 'postgres');
      const limited = { ...access, user: 'limited' };
      expect(await problem(PostgresHistory.open(limited, () => begin))).toMatchObject({
        code: 'unreachable',
        retry: true,
        message: expect.stringContaining('max_connections') as unknown,
      });
      await server.sql(`ALTER DATABASE ${access.name} CONNECTION LIMIT -1`, 'postgres');
      await server.sql('ALTER ROLE limited CONNECTION LIMIT -1', 'postgres');
      expect(await problem(PostgresHistory.open(limited, () => begin))).toMatchObject({
        code: 'no_permission',
        message: expect.stringContaining('GRANT') as unknown,
      });
      expect(await problem(PostgresHistory.open({ ...access, name: 'nowhere' }, () => begin))).toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('CREATE DATABASE') as unknown,
      });
      expect(await problem(PostgresHistory.open({ ...access, user: 'nobody' }, () => begin))).toMatchObject({
        code: 'no_permission',
      });

      // PostgreSQL's error for a full tablespace, raised by a trigger: a really full disk would need its own file
      // system.
      await server.sql(
        `CREATE FUNCTION plimsoll.full() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE disk_full USING MESSAGE = 'could not extend file'; END $$;
         CREATE TRIGGER full_disk BEFORE INSERT ON plimsoll.sample_2026_01_05 FOR EACH ROW EXECUTE FUNCTION plimsoll.full()`,
        access.name,
      );
      expect(await problem(store.take([reading(3)]))).toMatchObject({
        code: 'disk_full',
        retry: true,
        message: expect.stringContaining('make room') as unknown,
      });
      await server.sql('DROP TRIGGER full_disk ON plimsoll.sample_2026_01_05', access.name);
      expect(await store.take([reading(3), reading(2)])).toHaveLength(3);

      await server.sql('UPDATE plimsoll.format SET version = 99', access.name);
      expect(await problem(PostgresHistory.open(access, () => begin))).toMatchObject({
        code: 'newer_format',
      });
    });
  },
);
