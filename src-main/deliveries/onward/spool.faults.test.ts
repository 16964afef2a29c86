import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { randomFrom } from '../../testing/random-from.ts';
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

const files = () => readdirSync(directory).sort();

test('starts after 200 flips and cuts each, and loses only the records that they hit', async () => {
  const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 100_000);
  const random = randomFrom(seed);
  const whole = await opened({ segmentBytes: 800 });
  for (let value = 0; value < 20; value++) whole.add([reading(value)]);
  whole.done(whole.live(-Infinity).slice(10, 12));
  await whole.close();
  const good = new Map(files().map((name) => [name, readFileSync(join(directory, name))]));
  expect(good.size).toBeGreaterThan(2);
  for (let round = 0; round < 400; round++) {
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    for (const [name, bytes] of good) writeFileSync(join(directory, name), bytes);
    const names = [...good.keys()];
    const name = names[Math.floor(random() * names.length)] ?? '';
    const size = good.get(name)?.length ?? 0;
    const at = Math.floor(random() * size);
    if (round % 2 === 0) truncateSync(join(directory, name), at);
    else {
      const bytes = Buffer.from(good.get(name) ?? '');
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(join(directory, name), bytes);
    }
    const spool = await opened({ segmentBytes: 800 });
    const values = await valuesOf(spool, spool.backlog());
    const hint = `seed ${seed}, round ${round}, ${name} at ${at}`;
    expect(values, hint).toEqual(values.toSorted((a, b) => a - b));
    // A file has few records; what is flipped in the list of what arrived sends that once more.
    const lost = Array.from({ length: 20 }, (_, value) => value).filter((value) => !values.includes(value));
    expect(lost.length, hint).toBeLessThanOrEqual(2 + (round % 2 === 0 ? 6 : 1));
    spool.add([reading(99)]);
    expect((await valuesOf(spool, spool.live(-Infinity))).at(-1), hint).toBe(99);
    await spool.close();
  }
});
