import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemCodeOf } from '../../contract/error.ts';
import { randomFrom } from '../../testing/random-from.ts';
import { SpoolFolder, valuesOf } from '../../testing/spool-folder.ts';

let folder: SpoolFolder;
beforeEach(() => (folder = new SpoolFolder()));
let isMounted = false;
afterEach(async () => {
  if (isMounted) execFileSync('umount', ['-l', folder.directory]);
  isMounted = false;
  await folder.remove();
});

test('starts after 200 flips and cuts each, and loses only the records that they hit', async () => {
  const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 100_000);
  const random = randomFrom(seed);
  const whole = await folder.opened({ segmentBytes: 800 });
  for (let value = 0; value < 20; value++) whole.add([folder.reading(value)]);
  whole.done(whole.live(-Infinity).slice(10, 12));
  await whole.close();
  const good = new Map(folder.files().map((name) => [name, readFileSync(join(folder.directory, name))]));
  expect(good.size).toBeGreaterThan(2);
  for (let round = 0; round < 400; round++) {
    rmSync(folder.directory, { recursive: true });
    mkdirSync(folder.directory);
    for (const [name, bytes] of good) writeFileSync(join(folder.directory, name), bytes);
    const names = [...good.keys()];
    const name = names[Math.floor(random() * names.length)] ?? '';
    const size = good.get(name)?.length ?? 0;
    const at = Math.floor(random() * size);
    if (round % 2 === 0) truncateSync(join(folder.directory, name), at);
    else {
      const bytes = Buffer.from(good.get(name) ?? '');
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(join(folder.directory, name), bytes);
    }
    const spool = await folder.opened({ segmentBytes: 800 });
    const values = await valuesOf(spool, spool.backlog());
    const hint = `seed ${seed}, round ${round}, ${name} at ${at}`;
    expect(values, hint).toEqual(values.toSorted((a, b) => a - b));
    // A file has few records; damage in the list of delivered records only sends a record again.
    const lost = Array.from({ length: 20 }, (_, value) => value).filter((value) => !values.includes(value));
    expect(lost.length, hint).toBeLessThanOrEqual(2 + (round % 2 === 0 ? 6 : 1));
    spool.add([folder.reading(99)]);
    expect((await valuesOf(spool, spool.live(-Infinity))).at(-1), hint).toBe(99);
    spool.done([...spool.backlog(), ...spool.live(-Infinity)]);
    await spool.close();
    // The damaged file is kept for inspection, and everything else is gone except the current file, which is empty.
    const isAside = folder
      .files()
      .filter((left) => statSync(join(folder.directory, left)).size > 0)
      .map((left) => left.endsWith('.damaged'));
    if (round % 2 === 1) expect(isAside, hint).toEqual(name === 'sent' ? [] : [true]);
    else expect(isAside.every(Boolean) && isAside.length <= 1, hint).toBe(true);
  }
});

/** Whether a small file system can be mounted for the spool: not on every system, and not for every user. */
function mounted(): boolean {
  mkdirSync(folder.directory);
  try {
    const words = ['-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'tmpfs', folder.directory];
    execFileSync('mount', words, { stdio: 'ignore' });
  } catch {
    return false;
  }
  isMounted = true;
  return true;
}

/** Fills the disk completely, or except for a few bytes. */
function fill(but: number): void {
  const path = join(folder.directory, 'filler');
  const { bavail, bsize } = statfsSync(folder.directory);
  try {
    writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - but)));
    if (but === 0) for (;;) writeFileSync(path, Buffer.alloc(1), { flag: 'a' });
  } catch (thrown) {
    if (systemCodeOf(thrown) !== 'ENOSPC') throw thrown;
  }
}

test.for([0, 4096])(
  'on a full disk (%i bytes left) it goes on in memory, says so, leaves no files behind, and writes all of it when there is room',
  async (but, { skip }) => {
    if (!mounted()) skip('needs the right to mount a small file system');
    const spool = await folder.opened({ segmentBytes: 8192 });
    let next = 0;
    const add = async (count: number) => {
      for (let each = 0; each < count; each++) {
        spool.add([folder.reading(next++)]);
        // As for a receiver that is away: the next record comes after this one was tried.
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    await add(20);
    const before = folder.files().length;
    fill(but);
    await add(60);
    await expect.poll(() => spool.standing.problem).toContain('no space');
    expect(spool.standing).toMatchObject({ samples: 80, dropped: 0 });
    // The filler, and the file that was written to when the disk became full.
    expect(folder.files().length).toBeLessThanOrEqual(before + 3);
    expect((await valuesOf(spool, spool.live(-Infinity))).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 80 }, (_, value) => value),
    );

    rmSync(join(folder.directory, 'filler'));
    await add(1);
    await expect.poll(() => spool.standing.problem).toBeNull();
    await spool.close();
    // As after a kill: only what is on disk counts.
    const again = await folder.opened();
    expect((await valuesOf(again, again.backlog())).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 81 }, (_, value) => value),
    );
    again.done([...again.backlog()]);
    await again.close();
    expect(folder.files()).toEqual([]);
  },
);

test('starts on a full disk, and gives what waits', async ({ skip }) => {
  if (!mounted()) skip('needs the right to mount a small file system');
  const first = await folder.opened();
  for (let value = 0; value < 20; value++) first.add([folder.reading(value)]);
  first.done(first.live(-Infinity).slice(0, 3));
  await first.close();
  fill(0);
  const second = await folder.opened();
  expect(await valuesOf(second, second.backlog())).toEqual(Array.from({ length: 17 }, (_, n) => n + 3));
  second.done([...second.backlog()]);
  await second.close();
  expect(second.standing).toMatchObject({ samples: 0, dropped: 0 });
});
