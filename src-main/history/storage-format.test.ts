import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { openHistory } from './open.ts';

const program = fileURLToPath(new URL('fixtures/read_history.py', import.meta.url));
const begin = Date.UTC(2026, 0, 5, 22);
const hour = 3_600_000;

interface Read {
  samples: Record<string, [at: number, value: number][]>;
  minutes: Record<string, [at: number, count: number, min: number, avg: number, max: number][]>;
  left_out: number;
  taken: [source: string, at: number, values: Record<string, number>][];
}

// Windows machines usually have no Python.
const python = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!python)(
  'another program, in Python and by the document alone, reads the same numbers',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-document-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const { store } = await openHistory(directory, new HandClock());
    let state = 7;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let [counter, wide, seldom] = [2 ** 40, 50, 1 / 3];
    const kinds: Record<string, (tick: number) => number | undefined> = {
      constant: () => -273.15,
      frame: () => Math.round(1000 * random()) / 10,
      delta: () => (counter += Math.round(5e6 * random())),
      halves: () => (wide = Math.abs(wide + random() - 0.5)),
      xor: () => (seldom = random() < 0.5 ? seldom : random()),
      runs: (tick) => Math.floor(tick / 40) % 7,
      wild: () => (random() - 0.5) * 10 ** Math.floor(600 * (random() - 0.5)),
      gaps: (tick) => (tick % 7 < 3 ? undefined : Math.round(1e6 * random()) / 100),
    };
    const written: Read['samples'] = {};
    for (let tick = 0; tick < 1500; tick++) {
      const at = begin + tick * 6000 + Math.floor(4 * random());
      const samples = Object.entries(kinds).flatMap(([metric, next]) => {
        const value = next(tick);
        if (value === undefined) return [];
        (written[metric] ??= []).push([at, value]);
        return [{ metric, labels: { of: 'ä"' }, value }];
      });
      store.append([{ host: 'h', source: 's', at, durationMs: 1, samples, error: null }].map(inColumns));
    }
    while (store.tend({ now: begin + 30 * hour, rawHours: 1e5 }));
    const sent = [0, 1, 2].map((tick) => ({
      ...{
        host: 'other',
        source: 'sent',
        at: begin + tick,
        columns: [{ metric: 'm', labels: {} }],
        values: [tick],
      },
    }));
    for (const reading of sent) store.take([reading]);
    // As a kill leaves it: the latest readings are not in their places.
    const killed = mkdtempSync(join(tmpdir(), 'plimsoll-document-'));
    onTestFinished(() => rmSync(killed, { recursive: true, force: true }));
    for (const name of readdirSync(directory)) copyFileSync(join(directory, name), join(killed, name));
    store.close();

    const output = execFileSync('python3', [program, join(killed, 'history.sqlite')], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const read = JSON.parse(output) as Read;
    expect(read.taken).toEqual(sent.slice(1).map(({ source, at, values: [m] }) => [source, at, { m }]));
    // Some hours use zstd, which Python's standard library lacks.
    const { wild, xor, ...others } = read.samples;
    const { wild: writtenWild, xor: writtenXor, ...expected } = written;
    expect(others).toEqual(expected);
    const hours = (found: Read['samples'][string] = []) =>
      new Set(found.map(([at]) => Math.floor(at / hour))).size;
    expect(read.left_out + hours(wild) + hours(xor)).toBe(6);
    expect(hours(xor)).toBeGreaterThan(0);
    for (const [found, all] of [
      [wild, writtenWild],
      [xor, writtenXor],
    ] as const) {
      const known = new Map(all);
      expect((found ?? []).every(([at, value]) => Object.is(known.get(at), value))).toBe(true);
    }
    for (const [metric, minutes] of Object.entries(read.minutes)) {
      const byMinute = new Map<number, number[]>();
      for (const [at, value] of written[metric] ?? []) {
        const minute = Math.floor(at / 60_000) * 60_000;
        byMinute.set(minute, [...(byMinute.get(minute) ?? []), value]);
      }
      expect(minutes.map(([at, count, min, , max]) => [at, count, min, max])).toEqual(
        [...byMinute].map(([minute, values]) => [
          minute,
          values.length,
          Math.min(...values),
          Math.max(...values),
        ]),
      );
      expect(minutes.every(([, , min, avg, max]) => avg >= min && avg <= max)).toBe(true);
    }
  },
);
