/**
 * What a back-test costs: one week of one series at one sample each five seconds (120,960), `npm run bench:backtest`. Beside it
 * in the same store are three other sources and Plimsoll's own samples. Prints milliseconds with reading, processor time of
 * that (which other work on the machine does not stretch), while the line is dragged, and the longest time for which nothing else could be done meanwhile. Goal: 300 ms.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inColumns } from '../src-main/contract/columns.ts';
import { systemClock } from '../src-main/base/clock.ts';
import type { Rule } from '../src-main/contract/rule.ts';
import type { Reading } from '../src-main/contract/sample.ts';
import { openHistory } from '../src-main/history/open.ts';
import { Backtests } from '../src-main/monitor/replay/backtests.ts';
import type { AskHistory } from '../src-main/monitor/replay/recording.ts';
import { parseSettings } from '../src-main/monitor/settings/schema.ts';

const samples = 120_960;
const intervalMs = 5000;
const passes = 5;
const from = Date.UTC(2026, 0, 5);
const to = from + samples * intervalMs;
const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const { store } = await openHistory(directory, systemClock);

let seed = 1;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
let readings: Reading[] = [];
for (let index = 0; index < samples; index++) {
  const at = from + index * intervalMs;
  for (const source of ['memory', 'cpu', 'network', 'disk', ...(index % 2 === 0 ? ['plimsoll'] : [])]) {
    const metrics =
      source === 'plimsoll' ? ['running_seconds', 'own_cpu_percent'] : ['a', 'b', 'c', 'd', 'e', 'f'];
    const values = metrics.map((metric) => ({
      metric,
      labels: {},
      // As sources of percentages round them.
      value: Math.round(100 * (50 + 45 * Math.sin(index / 900) + 5 * random())) / 100,
    }));
    const running = [{ metric: 'running_seconds', labels: {}, value: index * 5 }];
    readings.push({
      host: 'box',
      source,
      at,
      durationMs: 1,
      samples: source === 'plimsoll' ? running : values,
      error: null,
    });
  }
  if (readings.length < 5000) continue;
  store.append(readings.map(inColumns));
  readings = [];
}
store.append(readings.map(inColumns));
// As in every store that has run for longer than an hour.
while (store.tend({ now: to + 3_600_000, rawHours: Infinity }));

const ask = ((question: 'recorded' | 'series', query: never) =>
  Promise.resolve(question === 'series' ? store.series(query) : store.recorded(query))) as AskHistory;
const settings = parseSettings({
  version: 1,
  sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 5 }],
});
const plain: Partial<Rule> = {
  ...{ id: 'r', name: 'R', source: 'memory', metric: 'a', comparison: 'greater_than', threshold: 95 },
};
const rules: Record<string, Partial<Rule>> = {
  'a threshold': plain,
  'for five minutes': { ...plain, forSeconds: 300 },
  'no data after 5 min': { ...plain, noData: { policy: 'alert', afterSeconds: 300 } },
  'average of 5 min': { ...plain, window: { function: 'avg', seconds: 300 } },
  'p95 of 5 min': { ...plain, window: { function: 'p95', seconds: 300 } },
};

const median = (list: number[]) => (list.sort((a, b) => a - b)[list.length >> 1] ?? NaN).toFixed(0);
console.log(`machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
for (const [name, rule] of Object.entries(rules)) {
  const [whole, processor, dragged]: number[][] = [[], [], []];
  let longest = 0;
  for (let pass = 0; pass < passes; pass++) {
    const backtests = new Backtests({
      host: 'box',
      clock: systemClock,
      settings: () => settings,
      ask,
      tagsOfHost: () => [],
    });
    const signal = new AbortController().signal;
    const used = process.cpuUsage();
    const begun = performance.now();
    const { count } = await backtests.backtest({ rule, from, to }, signal);
    whole?.push(performance.now() - begun);
    const { user, system } = process.cpuUsage(used);
    processor?.push((user + system) / 1000);
    const again = performance.now();
    let last = again;
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await backtests.backtest({ rule: { ...rule, threshold: 94 }, from, to }, signal);
    clearInterval(watch);
    dragged?.push(performance.now() - again);
    if (pass === 0) process.stdout.write(`${name}: ${count} times; `);
  }
  console.log(
    `with reading ${median(whole ?? [])} ms, of which processor ${median(processor ?? [])} ms, dragged ${median(dragged ?? [])} ms (medians of ${passes}), longest slice ${longest.toFixed(0)} ms`,
  );
}
store.close();
rmSync(directory, { recursive: true });
