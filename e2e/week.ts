import { hostname } from 'node:os';
import { inColumns } from '../src-main/contract/columns.ts';
import { systemClock } from '../src-main/base/clock.ts';
import type { Labels, Measurement, Reading } from '../src-main/contract/sample.ts';
import { openHistory } from '../src-main/history/open.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A number between −1 and 1 that looks random and is always the same. */
function noise(seed: number): number {
  const wave = Math.sin(seed * 12.9898) * 43758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}

/** Moves slowly and without a beat, between −1 and 1. */
function drift(at: number, ms: number): number {
  return (Math.sin(at / ms) + Math.sin(at / (ms * 2.71) + 1) + 0.6 * Math.sin(at / (ms * 0.37) + 2)) / 2.6;
}

/** How much is done at that time: little at night, much by day, less at the weekend. 0 to 1. */
function work(at: number): number {
  const date = new Date(at);
  const hours = date.getHours() + date.getMinutes() / 60;
  const awake = Math.max(0, Math.sin(((hours - 6.5) / 15) * Math.PI));
  const weekend = date.getDay() === 0 || date.getDay() === 6 ? 0.35 : 1;
  return Math.min(1, Math.max(0, weekend * awake * (0.75 + 0.35 * drift(at, 37 * minute))));
}

interface WeekOptions {
  everyMs?: number;
  days?: number;
  /** Where it ends, epoch milliseconds. */
  end?: number;
}

/**
 * A week as an office machine has it, up to a moment ago: busy days, quiet nights in which a backup runs, lids that were closed, an
 * evening on which Plimsoll was off, an hour without network samples. Written into the history of a Plimsoll that does not run.
 */
export async function seedWeek(
  dataDirectory: string,
  { everyMs = 15 * second, days = 7, end = Date.now() }: WeekOptions = {},
): Promise<void> {
  const { store } = await openHistory(dataDirectory, systemClock);
  const host = hostname();
  const midnight = new Date(end).setHours(0, 0, 0, 0);
  const asleep = (at: number): boolean => {
    const before = (midnight - at) / day;
    return [1.9, 4.9].some((nights) => before < nights && before > nights - 0.33);
  };
  const off = (at: number): boolean => {
    const before = (midnight - at) / day;
    return before < 3.25 && before > 3.05;
  };
  let wasAsleep = false;
  let wasOff = false;
  let startedAt = end - days * day - 3 * day;
  let sleptFrom = 0;
  let disk = 71;
  let readings: Reading[] = [];
  for (let at = end - days * day; at < end - 2 * second; at += everyMs) {
    if (asleep(at) || off(at)) {
      if (asleep(at) && !wasAsleep) sleptFrom = at;
      [wasAsleep, wasOff] = [asleep(at), off(at)];
      continue;
    }
    const take = (source: string, ...samples: Measurement[]): void =>
      void readings.push({ host, source, at, durationMs: 1, samples, error: null });
    const one = (metric: string, value: number, labels: Labels = {}): Measurement => ({
      metric,
      labels,
      value: Math.round(value * 100) / 100,
    });
    if (wasAsleep) take('plimsoll', one('time_lost_seconds', (at - sleptFrom) / 1000));
    if (wasOff) startedAt = at - 4 * second;
    [wasAsleep, wasOff] = [false, false];
    const date = new Date(at);
    const busy = work(at);
    const backup = date.getHours() === 3 && date.getMinutes() < 40 ? 1 : 0;
    const build = drift(at, 11 * minute) > 0.62 && busy > 0.3 ? 1 : 0;
    const spike = Math.max(0, noise(Math.floor(at / minute)) - 0.9) * 6;
    const jitter = noise(at / 1000);
    const processor = 4 + 24 * busy + 46 * build + 22 * backup + 18 * spike * busy + 2.5 * jitter;
    const memory = 41 + 24 * busy + 9 * drift(at, 3.1 * hour) + 10 * build + 0.4 * jitter;
    disk +=
      everyMs * (4.2e-9 + 1.4e-7 * backup) -
      (date.getHours() === 12 && date.getMinutes() < 5 ? 1e-6 : 0) * everyMs;
    take('cpu', one('cpu_percent', Math.min(99, Math.max(0.6, processor))));
    take(
      'memory',
      one('memory_percent', memory),
      one('memory_used', memory * 1.6e8),
      one('memory_total', 1.6e10),
    );
    take('disk', one('disk_percent', Math.min(98, disk)), one('disk_free_gb', (100 - disk) * 4.9));
    const isCut =
      (midnight - at) / day < -0.05 ? false : (midnight - at) / day < 0.42 && (midnight - at) / day > 0.37;
    if (!isCut)
      take(
        'network',
        one('bytes_recv_per_sec', Math.max(900, 2.6e6 * busy ** 2 * (1 + 0.8 * jitter) + 7e6 * spike * busy)),
        one(
          'bytes_sent_per_sec',
          Math.max(300, 3e5 * busy * (1 + 0.5 * jitter) + 9e6 * backup * (1 + 0.15 * jitter)),
        ),
      );
    take(
      'website',
      one('response_time_ms', 92 + 70 * busy + 30 * drift(at, 19 * minute) + 160 * spike + 9 * jitter),
      one('status_code', 200),
    );
    take(
      'plimsoll',
      one('running_seconds', (at - startedAt) / 1000),
      one('own_cpu_percent', 0.3 + 0.1 * jitter),
    );
    if (readings.length > 5000) {
      store.append(readings.map(inColumns));
      readings = [];
    }
  }
  store.append(readings.map(inColumns));
  while (store.tend({ now: end, rawHours: 24 * 40 }));
  store.close();
}

// As a program it fills a data directory: node e2e/week.ts DIRECTORY
if (process.argv[1] === import.meta.filename) {
  const [, , directory] = process.argv;
  if (directory === undefined) throw new Error('Name the data directory to fill.');
  await seedWeek(directory);
}
