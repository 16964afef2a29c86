import { fork, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { TakePacker } from './packed-takes.ts';
import { systemCodeOf } from '../contract/error.ts';
import type { Reading } from '../contract/sample.ts';
import { randomFrom } from '../testing/random-from.ts';
import type { FromHistory, ToHistory } from './messages.ts';

const entry = fileURLToPath(new URL('host.ts', import.meta.url));
const runs = Number(process.env['PLIMSOLL_RUNS'] ?? 3);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const megabyte = 1024 * 1024;
const begin = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 48 * 3_600_000;
const metrics = Array.from({ length: 100 }, (_, place) => `metric_${place}`);

/** A file system of 24 MB; undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    rmSync(directory, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function freeIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Fills the disk except for `but` bytes. */
function fill(directory: string, name: string, but: number): void {
  for (const bytes of but === 0
    ? [freeIn(directory), ...Array<number>(32).fill(4096)]
    : [freeIn(directory) - but]) {
    try {
      writeFileSync(join(directory, name), Buffer.alloc(Math.max(0, bytes), 1), { flag: 'a' });
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOSPC') throw thrown;
    }
  }
}

function reading(tick: number, random: () => number): Reading {
  const samples = metrics.map((metric) => ({ metric, labels: {}, value: random() }));
  return { host: 'h', source: 'cpu', at: begin + tick * 1000, durationMs: 1, samples, error: null };
}

class Host {
  readonly child;
  readonly #exit;
  readonly #answers = new Map<number, (committed: boolean) => void>();
  #batch = 0;
  #ready = Promise.withResolvers<undefined>();

  constructor(directory: string) {
    this.child = fork(entry, [directory], { execArgv: [], serialization: 'advanced' });
    this.#exit = once(this.child, 'exit');
    onTestFinished(() => void this.child.kill('SIGKILL'));
    this.child.on('message', (message: FromHistory) => {
      if (message.type === 'ready') this.#ready.resolve(undefined);
      if (message.type !== 'committed' && message.type !== 'not-committed') return;
      this.#answers.get(message.batch)?.(message.type === 'committed');
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  send(message: ToHistory): void {
    this.child.send(message);
  }

  /** Whether it was committed. */
  append(readings: Reading[]): Promise<boolean> {
    const batch = ++this.#batch;
    return new Promise((resolve) => {
      this.#answers.set(batch, resolve);
      this.send({ type: 'append', batch, readings: new TakePacker().pack(readings) });
    });
  }

  async stop(): Promise<void> {
    this.send({ type: 'stop' });
    await this.#exit;
  }
}

test(
  `history stops before the disk is full, gives up its ballast, and recovers without a hand: ${runs} of ${runs} (PLIMSOLL_SEED=${seed})`,
  async (context) => {
    for (let run = 0; run < runs; run++) {
      const random = randomFrom(seed + run);
      const directory = smallDisk();
      if (directory === undefined) {
        context.skip('needs the right to mount a small file system');
        return;
      }
      const ballast = join(directory, 'history.ballast');
      const host = new Host(directory);
      await host.ready;
      let tick = 0;
      const append = () => host.append(Array.from({ length: 20 }, () => reading(tick++, random)));
      expect(await append()).toBe(true);
      expect(existsSync(ballast)).toBe(true);

      fill(directory, 'others', (3 + 5 * random()) * megabyte);
      let committed = true;
      for (let batch = 0; committed && batch < 2000; batch++) {
        committed = await append();
        if (batch % 50 === 0) host.send({ type: 'retain', rawHours: 1e5 });
      }
      expect(committed).toBe(false);
      const waiting = tick - 20;
      // A part of the reserve of 1.2 MB may be gone: for the last batch, for making blocks before it, and for the log.
      expect(freeIn(directory), `left in run ${run}`).toBeGreaterThan(0.5 * megabyte);

      fill(directory, 'others', 0);
      expect(await host.append([reading(waiting, random)])).toBe(false);
      expect(existsSync(ballast)).toBe(false);
      // Sometimes others use up even that.
      if (random() < 0.5) fill(directory, 'others', 0);
      host.send({ type: 'retain', rawHours: 1e5 });

      rmSync(join(directory, 'others'));
      const again = Array.from({ length: 20 }, (_, place) => reading(waiting + place, random));
      while (!(await host.append(again))) await pause(200);
      expect(await host.append([reading(tick, random)])).toBe(true);
      expect(existsSync(ballast)).toBe(true);
      await host.stop();

      const db = new DatabaseSync(join(directory, 'history.sqlite'));
      expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      const { inTicks } = db.prepare('SELECT count(*) AS inTicks FROM tick').get() as { inTicks: number };
      const { inBlocks } = db.prepare('SELECT total(samples) AS inBlocks FROM hour').get() as {
        inBlocks: number;
      };
      db.close();
      expect(inTicks * metrics.length + inBlocks).toBe((tick + 1) * metrics.length);
    }
  },
  runs * 120_000,
);
