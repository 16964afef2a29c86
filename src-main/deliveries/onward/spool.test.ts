import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolFolder, valuesOf } from '../../testing/spool-folder.ts';

let folder: SpoolFolder;
beforeEach(() => (folder = new SpoolFolder()));
afterEach(() => folder.remove());

const sizes = () => folder.files().map((file) => statSync(join(folder.directory, file)).size);

describe('a spool', () => {
  test('gives what was added, in order, in this run and in the next', async () => {
    const first = await folder.opened();
    for (const value of [1, 2, 3]) first.add([folder.reading(value)]);
    expect(await valuesOf(first, first.live(-Infinity))).toEqual([1, 2, 3]);
    await first.close();
    const second = await folder.opened();
    expect(second.standing).toMatchObject({ samples: 3, dropped: 0, problem: null });
    expect(await valuesOf(second, second.backlog())).toEqual([1, 2, 3]);
    await second.close();
  });

  test('does not give again what arrived, also when the first ones wait still', async () => {
    const first = await folder.opened();
    for (const value of [1, 2, 3]) first.add([folder.reading(value)]);
    first.done(first.live(-Infinity).slice(1, 2));
    await first.close();
    const second = await folder.opened();
    second.add([folder.reading(4)]);
    expect(await valuesOf(second, second.backlog())).toEqual([1, 3]);
    second.done([...second.backlog(), ...second.live(-Infinity)]);
    await second.close();
    const third = await folder.opened();
    expect([...third.backlog()]).toEqual([]);
    await third.close();
    expect(folder.files()).toEqual([]);
  });

  test('leaves nothing on disk of what has arrived', async () => {
    const spool = await folder.opened();
    for (let round = 0; round < 20; round++) {
      spool.add([folder.reading(round)]);
      await expect.poll(() => Math.max(0, ...sizes())).toBeGreaterThan(0);
      spool.done([...spool.live(-Infinity)]);
      await expect.poll(sizes).toEqual([0]);
    }
    // The file is empty a moment before that is known.
    await expect.poll(() => spool.standing).toMatchObject({ samples: 0, bytes: 0 });
    await spool.close();
  });

  test('does not touch the disk for what arrives at once', async () => {
    const spool = await folder.opened();
    for (let round = 0; round < 20; round++) {
      spool.add([folder.reading(round)]);
      spool.done([...spool.live(-Infinity)]);
    }
    await spool.close();
    expect(existsSync(folder.directory)).toBe(false);
  });

  test('writes again what waits in a file that was removed while it was open', async () => {
    const first = await folder.opened();
    for (const value of [1, 2]) first.add([folder.reading(value)]);
    await expect.poll(() => first.standing.bytes > 0 && sizes()[0] === first.standing.bytes).toBe(true);
    rmSync(folder.directory, { recursive: true });
    first.add([folder.reading(3)]);
    await first.close();
    const second = await folder.opened();
    expect(second.standing).toMatchObject({ samples: 3, dropped: 0, problem: null });
    expect(await valuesOf(second, second.backlog())).toEqual([1, 2, 3]);
    await second.close();
  });

  test('reads what waits in a file that was removed while it is open', async () => {
    const spool = await folder.opened();
    for (const value of [1, 2]) spool.add([folder.reading(value)]);
    await expect.poll(() => spool.standing.bytes > 0 && sizes()[0] === spool.standing.bytes).toBe(true);
    rmSync(folder.directory, { recursive: true });
    expect(await valuesOf(spool, spool.live(-Infinity))).toEqual([1, 2]);
    expect(spool.standing.dropped).toBe(0);
    await spool.close();
  });

  test('drops the oldest when there is too much, and counts it', async () => {
    const spool = await folder.opened({ segmentBytes: 1000, bytesAtMost: 10_000 });
    for (let value = 0; value < 200; value++) spool.add([folder.reading(value)]);
    await spool.close();
    const { samples, dropped, bytes } = spool.standing;
    expect(samples + dropped).toBe(200);
    expect(bytes).toBeLessThanOrEqual(10_000);
    const kept = await valuesOf(spool, spool.live(-Infinity));
    expect(kept).toEqual(Array.from({ length: samples }, (_, index) => dropped + index));
    expect(samples).toBeGreaterThan(30);
  });

  test('drops what is older than a week, in this run and at a start', async () => {
    const first = await folder.opened();
    first.add([folder.reading(1)]);
    await folder.clock.turn(3_600_001);
    first.add([folder.reading(2)]);
    await first.close();
    folder.clock.jump(7 * 86_400_000 - 3_600_000);
    const second = await folder.opened();
    expect(await valuesOf(second, second.backlog())).toEqual([2]);
    expect(second.standing.dropped).toBe(1);
    folder.clock.jump(3_600_001);
    expect([...second.backlog()]).toEqual([]);
    expect(second.standing).toMatchObject({ samples: 0, dropped: 2 });
    await second.close();
    expect(folder.files()).toEqual([]);
  });

  test('goes on in memory while the disk takes nothing, and writes what it owes afterwards', async () => {
    writeFileSync(folder.directory, 'a file where the folder should be');
    const spool = await folder.opened();
    spool.add([folder.reading(1)]);
    spool.add([folder.reading(2)]);
    expect(await valuesOf(spool, spool.live(-Infinity))).toEqual([1, 2]);
    await expect.poll(() => spool.standing.problem).toContain('could not be written');
    rmSync(folder.directory);
    spool.add([folder.reading(3)]);
    await expect.poll(() => spool.standing.problem).toBeNull();
    await spool.close();
    const next = await folder.opened();
    expect((await valuesOf(next, next.backlog())).sort()).toEqual([1, 2, 3]);
    await next.close();
  });
});
