import { beforeEach, expect, test } from 'vitest';
import { alertContextSchema } from '../../contract/alert-context.ts';
import type { AlertContext, UsualRange } from '../../contract/alert-context.ts';
import type { Reading, Sample } from '../../contract/sample.ts';
import type { ProgramChange, TopPrograms } from '../../contract/top-programs.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { Judge } from '../judging/judge.ts';
import { parseSettings } from '../settings/schema.ts';
import type { KeptContext } from '../judging/track.ts';
import { Witness } from './witness.ts';

const settings = parseSettings({
  version: 1,
  sources: [
    { name: 'cpu', kind: 'cpu' },
    { name: 'memory', kind: 'memory' },
  ],
  rules: [
    {
      id: 'cpu-high',
      name: 'CPU above 80 %',
      source: 'cpu',
      metric: 'cpu_percent',
      comparison: 'greater_than',
      threshold: 80,
      criticalThreshold: 95,
      consecutiveViolations: 3,
    },
    {
      id: 'memory',
      name: 'Memory above 1 %',
      source: 'memory',
      metric: 'memory_percent',
      comparison: 'greater_than',
      threshold: 1,
    },
  ],
});
const use = (program: string): ProgramChange => ({ program, cpuPercent: 90, memoryBytes: 5, before: null });
const top = (at: number, byCpu = ['busy'], byMemory = ['big']): TopPrograms => ({
  at,
  byCpu: byCpu.map(use),
  byMemory: byMemory.map(use),
});

let clock: HandClock;
let judge: Judge;
let witness: Witness;
let latest: Sample[];
let kept: KeptContext[][];
let keptAt: number[];
let questions: number;
let programs: () => Promise<TopPrograms>;
let usual: () => Promise<(UsualRange | null)[]>;
let remembered: AlertContext[];

beforeEach(() => {
  clock = new HandClock();
  latest = [];
  kept = [];
  keptAt = [];
  questions = 0;
  remembered = [];
  programs = () => Promise.resolve(top(clock.now()));
  usual = () => Promise.resolve([{ low: 0, high: 1 }]);
  let ids = 0;
  judge = new Judge({ host: 'box', tracks: [], open: [], silenceFor: () => null, newId: () => `id${++ids}` });
  witness = new Witness({
    host: 'box',
    clock,
    latest: () => latest,
    unitOf: () => 'percent',
    titleOf: () => 'CPU',
    hostState: () => ({ onBattery: true }),
    programs: () => {
      questions += 1;
      return programs();
    },
    usual: () => usual(),
    remembered: () => remembered,
    keep: (contexts) => {
      kept.push(contexts);
      keptAt.push(clock.now());
    },
  });
  judge.configure(settings, moment());
});

function moment() {
  return { now: clock.now(), monotonic: clock.monotonic() };
}

/** Judges a value; what the witness knows at once and asks for afterwards. */
async function take(value: number, metric = 'cpu_percent') {
  const sample = { metric, labels: {}, value };
  const reading: Reading = {
    host: 'box',
    source: metric === 'memory_percent' ? 'memory' : 'cpu',
    at: clock.now(),
    durationMs: 1,
    samples: [sample],
    error: null,
  };
  const verdict = judge.judge(reading, moment());
  const known = witness.see(verdict, moment());
  const asking = witness.ask(known, verdict.alerts);
  await clock.turn(5000);
  await asking;
  return { known, alerts: verdict.alerts };
}

test('what is known at once goes with the transition: the rule in words, the row of values, the host, what else there was', async () => {
  latest = [
    { host: 'box', source: 'cpu', metric: 'load_1', labels: {}, value: 7, at: clock.now() },
    { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, value: 7, at: clock.now() },
  ];
  const start = clock.now();
  await take(50);
  for (const value of [81, 82]) expect((await take(value)).known).toEqual([]);
  const { known } = await take(83);
  expect(known).toEqual([
    {
      alertId: 'id1',
      context: {
        at: start + 15_000,
        rule: 'CPU above 80 % for 3 samples in a row → warning',
        values: [81, 82, 83].map((value, place) => ({ value, at: start + 5000 * (place + 1) })),
        others: [
          { source: 'cpu', metric: 'load_1', title: 'CPU', labels: {}, unit: 'percent', value: 7, at: start },
        ],
        host: { onBattery: true },
        isComplete: false,
      },
    },
  ]);
});

test('a row that was broken is no part of what made it fire', async () => {
  for (const value of [85, 10, 81, 82]) await take(value);
  const { known } = await take(83);
  expect(known[0]?.context.values.map(({ value }) => value)).toEqual([81, 82, 83]);
});

test('what is asked for is kept as it comes, by the resource that is violated, and told from then on', async () => {
  latest = [{ host: 'box', source: 'cpu', metric: 'load_1', labels: {}, value: 7, at: clock.now() }];
  await take(2, 'memory_percent');
  const [soon, complete] = kept.map(([first]) => first?.context);
  expect(soon).toMatchObject({ programs: { measure: 'memory', byMemory: [{ program: 'big' }] } });
  expect(soon?.programs).not.toHaveProperty('byCpu');
  expect(complete).toMatchObject({
    isComplete: true,
    others: [{ metric: 'load_1', usual: { low: 0, high: 1 }, isUnusual: true }],
  });
  expect(witness.contextOf({ id: 'id1', state: 'firing' })).toEqual(complete);
  expect(alertContextSchema.parse(complete)).toEqual(complete);
});

test('who does not answer within two seconds, or refuses, is left out; nobody waits longer', async () => {
  programs = () => new Promise(() => undefined);
  usual = () => Promise.reject(new Error('history is away'));
  for (const value of [81, 82]) await take(value);
  const firedAt = clock.now();
  await take(83);
  expect(keptAt).toEqual([firedAt + 2000]);
  expect(kept[0]?.[0]?.context).toMatchObject({ isComplete: true, others: [] });
  expect(kept[0]?.[0]?.context).not.toHaveProperty('programs');
});

test('becoming critical is witnessed anew, going on is not, and what is over is forgotten', async () => {
  for (const value of [81, 82, 83, 84]) await take(value);
  expect((await take(96)).known).toEqual([]);
  await take(97);
  const { known } = await take(98);
  expect(known).toMatchObject([
    { alertId: 'id1', context: { rule: 'CPU above 95 % for 3 samples in a row → critical' } },
  ]);
  remembered = [{ ...known[0]!.context, rule: 'as it was kept' }];
  expect(witness.contextOf({ id: 'id1', state: 'resolved' })?.rule).toContain('above 95 %');
  expect(witness.contextOf({ id: 'id1', state: 'resolved' })).toEqual({ ...remembered[0], isComplete: true });
});

test('alerts that fire together have one question between them', async () => {
  const both = parseSettings({
    ...settings,
    rules: settings.rules.map((rule) => ({
      ...rule,
      consecutiveViolations: 1,
      source: 'cpu',
      metric: 'cpu_percent',
    })),
  });
  judge.configure(both, moment());
  await take(99);
  expect(kept.map((contexts) => contexts.length)).toEqual([2, 2]);
  expect(questions).toBe(1);
});

test('names of others are cut and well-formed, however hostile', async () => {
  programs = () => Promise.resolve(top(clock.now(), [], Array(20).fill(hostileText.repeat(9))));
  await take(2, 'memory_percent');
  const programsKept = kept[0]?.[0]?.context.programs?.byMemory ?? [];
  expect(programsKept).toHaveLength(5);
  for (const { program } of programsKept) {
    expect(program).toHaveLength(64);
    expect(program.isWellFormed()).toBe(true);
  }
});

test('what flaps is explained when that is told, and not each time again', async () => {
  const explained: (string | undefined)[] = [];
  const told: string[] = [];
  for (let times = 0; times < 7; times++) {
    for (const value of [81, 82, 83]) {
      const { known, alerts } = await take(value);
      if (known.length > 0) explained.push(alerts[0]?.id);
    }
    told.push(judge.alerts.firing()[0]?.id ?? 'nothing fires');
    for (const value of [5, 5, 5]) await take(value);
  }
  expect(told).toHaveLength(7);
  // The fourth firing within an hour is announced as flapping; those after it are recorded only.
  expect(explained).toEqual(told.slice(0, 4));
});
