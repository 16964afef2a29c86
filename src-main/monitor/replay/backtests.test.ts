import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../../contract/columns.ts';
import { systemClock } from '../../base/clock.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Reading } from '../../contract/sample.ts';
import { openHistory } from '../../history/open.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { Backtests } from './backtests.ts';
import type { AskHistory } from './recording.ts';
import { parseSettings } from '../settings/schema.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const to = Date.UTC(2026, 0, 12);
const from = to - 7 * dayMs;
const settings = parseSettings({
  version: 1,
  sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 20 }],
});
const rule: Partial<Rule> = {
  ...{
    id: 'r',
    name: 'R',
    source: 'memory',
    metric: 'memory_percent',
    comparison: 'greater_than',
    threshold: 85,
  },
};
const waiting = () => new AbortController().signal;

/** A week of samples, one each twenty seconds, of what `valueAt` says; NaN is none. */
async function weekOf(valueAt: (at: number) => number) {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-backtests-'));
  const { store } = await openHistory(directory, new HandClock());
  onTestFinished(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });
  let readings: Reading[] = [];
  for (let at = from; at < to; at += 20_000) {
    const value = valueAt(at);
    const samples = Number.isNaN(value) ? [] : [{ metric: 'memory_percent', labels: {}, value }];
    readings.push({ host: 'box', source: 'memory', at, durationMs: 1, samples, error: null });
    if (readings.length < 2000) continue;
    store.append(readings.map(inColumns));
    readings = [];
  }
  store.append(readings.map(inColumns));
  let asked = 0;
  const ask = ((question: 'recorded' | 'series', query: never) => {
    asked++;
    return Promise.resolve(question === 'series' ? store.series(query) : store.recorded(query));
  }) as AskHistory;
  const backtests = new Backtests({
    ...{ host: 'box', clock: systemClock, settings: () => settings, ask, tagsOfHost: () => [] },
  });
  return { backtests, asked: () => asked };
}

/** Eleven times above the line: nine times for a minute, twice for ten; asleep for the night of the third day. */
function elevenTimes(at: number): number {
  const since = at - from;
  if (since >= 2.9 * dayMs && since < 3.2 * dayMs) return NaN;
  const within = (begins: number, ms: number) => since >= begins && since < begins + ms;
  for (let spike = 0; spike < 9; spike++) if (within((spike + 1) * 11 * hourMs, minuteMs)) return 91;
  return within(4 * dayMs, 10 * minuteMs) || within(5.5 * dayMs, 10 * minuteMs)
    ? 96
    : 60 + ((since / 20_000) % 7);
}

test('a week is told in a sentence: how often, how many of these were short, and what a longer time would change', async () => {
  const { backtests, asked } = await weekOf(elevenTimes);
  const answer = await backtests.backtest({ rule, from, to }, waiting());
  expect(answer).toMatchObject({ count: 11, short: 9, noData: 0, periodsLeftOut: 0, seriesLeftOut: 0 });
  expect(answer.alternatives.find(({ forSeconds }) => forSeconds === 300)).toEqual({
    forSeconds: 300,
    count: 2,
  });
  expect(answer.periods[0]).toEqual({
    ...{
      host: 'box',
      labels: {},
      cause: 'violation',
      severity: 'warning',
      worst: 96,
      endReason: 'back_within',
    },
    ...{ since: from + 5.5 * dayMs, from: from + 5.5 * dayMs, to: from + 5.5 * dayMs + 10 * minuteMs },
  });
  expect(answer.series).toMatchObject([{ host: 'box', labels: {}, count: 11, least: 60, most: 96 }]);
  expect(answer.withoutSamplesMs).toBe(0.3 * dayMs + 20_000);
  const before = asked();
  await backtests.backtest({ rule: { ...rule, threshold: 92 }, from, to }, waiting());
  expect(asked(), 'while the line is dragged nothing is read again').toBe(before);
});

test('a threshold and a time are proposed for once a week', async () => {
  const { backtests } = await weekOf(elevenTimes);
  const answer = await backtests.suggest({ rule, from, to, times: 2, everyDays: 7 }, waiting());
  expect(answer).toMatchObject({ count: 11, nothing: null, duration: { forSeconds: 60, count: 2 } });
  expect(answer.threshold?.count).toBeLessThanOrEqual(2);
  expect(answer.threshold?.count).toBeGreaterThan(0);
  expect(answer.threshold?.value).toBeGreaterThanOrEqual(91);
});

test('what is flat, or was never sampled, is said rather than guessed about', async () => {
  const question = { rule, from, to, times: 1, everyDays: 7 };
  const flat = await weekOf(() => 50);
  expect(await flat.backtests.suggest(question, waiting())).toMatchObject({
    nothing: 'flat',
    threshold: null,
  });
  const none = await weekOf(() => NaN);
  expect(await none.backtests.suggest(question, waiting())).toMatchObject({ nothing: 'no_samples' });
  expect(await none.backtests.backtest(question, waiting())).toMatchObject({
    count: 0,
    series: [],
    alternatives: [],
  });
});

test('a rule that does not hold is refused with its problems, and so is a stretch that is none', async () => {
  const { backtests } = await weekOf(() => NaN);
  const { threshold: _, ...without } = rule;
  await expect(backtests.backtest({ rule: without, from, to }, waiting())).rejects.toMatchObject({
    code: 'invalid_settings',
    problems: [{ path: 'threshold', message: 'is missing' }],
  });
  await expect(
    backtests.backtest({ rule: { ...rule, expression: 'value +' }, from, to }, waiting()),
  ).rejects.toMatchObject({ problems: [{ path: 'expression' }] });
  await expect(backtests.backtest({ rule, from: to, to: from }, waiting())).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('what nobody waits for any more is given up, and too many at once are refused', async () => {
  const { backtests, asked } = await weekOf(elevenTimes);
  const gone = new AbortController();
  gone.abort();
  const before = asked();
  await expect(backtests.backtest({ rule, from, to }, gone.signal)).rejects.toMatchObject({
    code: 'deadline',
  });
  expect(asked()).toBe(before);
  const many = Array.from({ length: 12 }, () => backtests.backtest({ rule, from, to }, waiting()));
  const outcomes = await Promise.allSettled(many);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(3);
  expect(refused[0]).toMatchObject({ reason: { code: 'too_many_requests', retry: true } });
});
