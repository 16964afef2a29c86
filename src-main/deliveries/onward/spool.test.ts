import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { Spool } from './spool.ts';
import type { SpoolBounds, SpoolEntry } from './spool.ts';

let directory: string;
let clock: HandClock;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'plimsoll-spool-')), 'hub');
  clock = new HandClock();
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

async function opened(bounds?: Partial<SpoolBounds>): Promise<Spool> {
  const spool = new Spool({
    ...{ directory, clock, log: silentLog },
    bounds: { bytesAtMost: 1e9, ageAtMostMs: 7 * 86_400_000, segmentBytes: 1e6, ...bounds },
  });
  await spool.ready;
  return spool;
}

/** A reading with this number as its only value. */
const reading = (value: number) => ({
  ...{ host: 'box', source: 'cpu', at: clock.now() },
  samples: [{ metric: 'cpu_percent', labels: {}, value, unit: 'percent' as const }],
});

async function valuesOf(spool: Spool, entries: Iterable<SpoolEntry>): Promise<number[]> {
  const readings = await spool.read([...entries]);
  return readings.flatMap(({ samples }) => samples.map(({ value }) => value));
}

const sizes = () => files().map((file) => statSync(join(directory, file)).size);
const files = () => (existsSync(directory) ? readdirSync(directory).sort() : []);

describe('a spool', () => {
  test('gives what was added, in order, in this run and in the next', async () => {
    const first = await opened();
    for (const value of [1, 2, 3]) first.add([reading(value)]);
    expect(await valuesOf(first, first.live(-Infinity))).toEqual([1, 2, 3]);
    await first.close();
    const second = await opened();
    expect(second.standing).toMatchObject({ samples: 3, dropped: 0, problem: null });
    expect(await valuesOf(second, second.backlog())).toEqual([1, 2, 3]);
    await second.close();
  });

  test('does not give again what arrived, also when the first ones wait still', async () => {
    const first = await opened();
    for (const value of [1, 2, 3]) first.add([reading(value)]);
    first.done(first.live(-Infinity).slice(1, 2));
    await first.close();
    const second = await opened();
    second.add([reading(4)]);
    expect(await valuesOf(second, second.backlog())).toEqual([1, 3]);
    second.done([...second.backlog(), ...second.live(-Infinity)]);
    await second.close();
    const third = await opened();
    expect([...third.backlog()]).toEqual([]);
    await third.close();
    expect(files()).toEqual([]);
  });

  test('leaves nothing on disk of what has arrived', async () => {
    const spool = await opened();
    for (let round = 0; round < 20; round++) {
      spool.add([reading(round)]);
      await expect.poll(() => Math.max(0, ...sizes())).toBeGreaterThan(0);
      spool.done([...spool.live(-Infinity)]);
      await expect.poll(sizes).toEqual([0]);
    }
    expect(spool.standing).toMatchObject({ samples: 0, bytes: 0 });
    await spool.close();
  });

  test('does not touch the disk for what arrives at once', async () => {
    const spool = await opened();
    for (let round = 0; round < 20; round++) {
      spool.add([reading(round)]);
      spool.done([...spool.live(-Infinity)]);
    }
    await spool.close();
    expect(existsSync(directory)).toBe(false);
  });

  test('drops the oldest when there is too much, and counts it', async () => {
    const spool = await opened({ segmentBytes: 1000, bytesAtMost: 10_000 });
    for (let value = 0; value < 200; value++) spool.add([reading(value)]);
    await spool.close();
    const { samples, dropped, bytes } = spool.standing;
    expect(samples + dropped).toBe(200);
    expect(bytes).toBeLessThanOrEqual(10_000);
    const kept = await valuesOf(spool, spool.live(-Infinity));
    expect(kept).toEqual(Array.from({ length: samples }, (_, index) => dropped + index));
    expect(samples).toBeGreaterThan(30);
  });

  test('drops what is older than a week, in this run and at a start', async () => {
    const first = await opened();
    first.add([reading(1)]);
    await clock.turn(3_600_001);
    first.add([reading(2)]);
    await first.close();
    clock.jump(7 * 86_400_000 - 3_600_000);
    const second = await opened();
    expect(await valuesOf(second, second.backlog())).toEqual([2]);
    expect(second.standing.dropped).toBe(1);
    clock.jump(3_600_001);
    expect([...second.backlog()]).toEqual([]);
    expect(second.standing).toMatchObject({ samples: 0, dropped: 2 });
    await second.close();
    expect(files()).toEqual([]);
  });

  test('goes on in memory while the disk takes nothing, and writes what it owes afterwards', async () => {
    writeFileSync(directory, 'a file where the folder should be');
    const spool = await opened();
    spool.add([reading(1)]);
    spool.add([reading(2)]);
    expect(await valuesOf(spool, spool.live(-Infinity))).toEqual([1, 2]);
    await expect.poll(() => spool.standing.problem).toContain('could not be written');
    rmSync(directory);
    spool.add([reading(3)]);
    await expect.poll(() => spool.standing.problem).toBeNull();
    await spool.close();
    const next = await opened();
    expect((await valuesOf(next, next.backlog())).sort()).toEqual([1, 2, 3]);
    await next.close();
  });
});
