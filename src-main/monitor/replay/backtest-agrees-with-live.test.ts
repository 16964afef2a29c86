import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../../contract/columns.ts';
import { silentLog } from '../../base/log.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Measurement, Reading } from '../../contract/sample.ts';
import { openHistory } from '../../history/open.ts';
import type { HistoryStore } from '../../history/store.ts';
import { Replay } from '../../rules/backtest.ts';
import { prepare } from '../../rules/prepare.ts';
import { revived } from '../../rules/state.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { noPast } from '../../testing/no-past.ts';
import { noWitness } from '../../testing/no-witness.ts';
import { intervalOf, slowestIntervalOf, Board } from '../board.ts';
import { Judge } from '../judging/judge.ts';
import { lostTimeReading, ownReading, ownSource, uptimeMetric } from '../own-source.ts';
import { Pipeline } from '../pipeline.ts';
import { readRecording } from './recording.ts';
import type { AskHistory } from './recording.ts';
import { parseSettings } from '../settings/schema.ts';
import { trackKey } from '../judging/track.ts';
import type { Track } from '../judging/track.ts';
import type { Moment } from '../judging/verdict.ts';

const host = 'box';
const second = 1000;
const minute = 60 * second;
const cpu = { source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 70 } as const;
const core = { source: 'cpu', metric: 'cpu_core_percent', labels: { core: '*' } } as const;
const memory = { source: 'memory', metric: 'memory_percent' } as const;

/** A rule of every kind that looks at nothing but samples. */
const rules: Partial<Rule>[] = [
  { ...cpu },
  { ...cpu, consecutiveViolations: 3 },
  { ...cpu, forSeconds: 60, criticalThreshold: 85 },
  { ...cpu, violationsOf: 10, consecutiveViolations: 4, criticalThreshold: 90 },
  { ...cpu, recoveryThreshold: 40, clearAfterSeconds: 45, criticalThreshold: 90 },
  { ...cpu, window: { function: 'avg', seconds: 120 } },
  { ...cpu, window: { function: 'p95', seconds: 60 }, forSeconds: 20 },
  { ...cpu, threshold: 30, window: { function: 'delta', seconds: 60 } },
  { ...cpu, threshold: 1, window: { function: 'rate', seconds: 30 } },
  { ...cpu, noData: { policy: 'alert', afterSeconds: 120 } },
  { ...cpu, noData: { policy: 'resolve', afterSeconds: 90 } },
  { ...memory, comparison: 'less_than', threshold: 30, noData: { policy: 'alert', afterSeconds: 300 } },
  { ...memory, comparison: 'outside', threshold: 20, upperThreshold: 80, consecutiveViolations: 2 },
  { ...memory, comparison: 'between', threshold: 45, upperThreshold: 55, clearAfterSeconds: 30 },
  { ...memory, comparison: 'changed', tolerance: 14 },
  { ...memory, comparison: 'unchanged', tolerance: 1, consecutiveViolations: 2 },
  { ...memory, comparison: 'greater_than', threshold: 120, expression: 'value + cpu.cpu_percent' },
  {
    ...memory,
    comparison: 'greater_than',
    threshold: 50,
    all: [{ source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 50 }],
    forSeconds: 10,
  },
  {
    ...cpu,
    any: [{ source: 'memory', metric: 'memory_percent', comparison: 'greater_than', threshold: 90 }],
  },
  { ...core, comparison: 'greater_than', threshold: 75, consecutiveViolations: 2, criticalThreshold: 95 },
  { ...core, comparison: 'less_than', threshold: 10, noData: { policy: 'alert', afterSeconds: 180 } },
  { ...core, comparison: 'greater_than', threshold: 60, window: { function: 'min', seconds: 40 } },
];

const settings = parseSettings({
  version: 1,
  sources: [
    { name: 'cpu', kind: 'cpu', intervalSeconds: 5 },
    { name: 'memory', kind: 'memory', intervalSeconds: 15 },
  ],
  rules: rules.map((rule, index) => ({
    id: `r${index}`,
    name: `Rule ${index}`,
    cooldownSeconds: 0,
    ...rule,
  })),
});

/** The same numbers for the same seed, from 0 to 1. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Plimsoll as it lives through a day: what it raised, and what it recorded meanwhile. */
class Day {
  now = Date.UTC(2026, 0, 5);
  monotonic = 0;
  startedMonotonic = 0;
  readonly tracks = new Map<string, string>();
  readonly alerts = new Map<string, Alert>();
  readonly transitions: Transition[] = [];
  readonly recorded: Reading[] = [];
  #ids = 0;
  #pipeline!: Pipeline;

  constructor() {
    this.start();
  }

  /** A start, after which nothing is known but what was committed. */
  start(): void {
    const tracks = [...this.tracks.values()].map((text) => JSON.parse(text) as Track);
    const judge = new Judge({
      host,
      tracks: tracks.map((track) => ({ ...track, state: revived(track.state) })),
      open: [...this.alerts.values()].filter(({ state }) => state === 'firing'),
      silenceFor: () => null,
      newId: () => `a${++this.#ids}`,
    });
    this.#pipeline = new Pipeline(
      {
        host,
        board: new Board(),
        judge,
        deliveries: noPast,
        commit: (change) => {
          for (const track of change.forgottenTracks) this.tracks.delete(trackKey(track));
          for (const track of change.tracks) this.tracks.set(trackKey(track), JSON.stringify(track));
          for (const alert of change.alerts) this.alerts.set(alert.id, alert);
          this.transitions.push(...change.transitions);
        },
        silenceFor: () => null,
        witness: noWitness,
        keep: (reading) => this.recorded.push(reading),
        deliver: () => undefined,
        publish: () => undefined,
        notice: () => undefined,
        newId: () => `d${++this.#ids}`,
        unitOf: () => 'none',
        titleOf: () => undefined,
        log: silentLog,
      },
      settings,
    );
    this.monotonic = 1e6;
    this.startedMonotonic = this.monotonic;
    this.#pipeline.configure(settings, this.#moment());
    this.lookAtItself();
  }

  lookAtItself(): void {
    const cost = { at: this.now, cpuPercent: 1, memoryBytes: 1e8, perCore: 0 };
    this.#pipeline.takeOwn(
      ownReading(host, cost, [], [], this.monotonic - this.startedMonotonic, null, 900_000),
      this.#moment(),
    );
    this.#pipeline.passTime(this.#moment());
  }

  /** A reading that was taken `lateMs` ago and arrives now. */
  take(source: string, samples: Measurement[], lateMs: number): void {
    const reading: Reading = {
      host,
      source,
      at: this.now - lateMs,
      durationMs: lateMs,
      samples,
      error: null,
    };
    this.#pipeline.take(reading, 0, this.#moment());
  }

  #moment(): Moment {
    return { now: this.now, monotonic: this.monotonic };
  }

  pass(ms: number): void {
    this.now += ms;
    this.monotonic += ms;
  }

  /** Sleeps, and notices it with the first thing that happens afterwards. */
  sleep(ms: number): void {
    this.pass(ms);
    const lost = lostTimeReading(host, { at: this.now, cause: 'slept', ms });
    this.#pipeline.takeOwn(lost, this.#moment());
    this.pass(1);
  }
}

/** A day, second by second, with all that may happen in one. */
function dayOf(seed: number): Day {
  const random = numbersFrom(seed);
  const chance = (oneIn: number) => random() * oneIn < 1;
  const day = new Day();
  const levels = new Map<string, number>();
  const wander = (name: string, by: number) => {
    const level = Math.min(100, Math.max(0, (levels.get(name) ?? 50) + (random() - 0.5) * by));
    levels.set(name, level);
    return Math.round(level * 10) / 10;
  };
  const cores = new Set(['0', '1']);
  let [silentCpu, silentMemory] = [0, 0];
  for (let tick = 1; tick <= 17_280; tick++) {
    day.pass(5 * second);
    // The sources and Plimsoll's look at itself do not come at the same moment.
    if (tick % 2 === 0) day.lookAtItself();
    day.pass(1);
    silentCpu--;
    silentMemory--;
    if (chance(600)) silentCpu = Math.ceil(random() * 90);
    if (chance(900)) silentMemory = Math.ceil(random() * 120);
    if (chance(400)) cores.delete('1');
    if (chance(300)) cores.add('1');
    const lateMs = chance(50) ? Math.round(random() * 3000) : Math.round(random() * 20);
    if (silentCpu <= 0 && !chance(40)) {
      const one = { metric: 'cpu_percent', labels: {}, value: wander('cpu', 30) };
      const all = [...cores].map((name) => ({
        ...{ metric: 'cpu_core_percent', labels: { core: name } },
        value: wander(name, 40),
      }));
      day.pass(lateMs);
      day.take('cpu', chance(60) ? all : [one, ...all], lateMs);
    }
    if (tick % 3 === 0 && silentMemory <= 0 && !chance(30)) {
      day.pass(1);
      day.take('memory', [{ metric: 'memory_percent', labels: {}, value: wander('memory', 35) }], 0);
    }
    if (chance(1500)) day.sleep(Math.ceil(random() * 40) * minute);
    if (chance(1200)) {
      day.pass(Math.ceil(random() * 150) * second);
      day.start();
    }
  }
  return day;
}

async function historyOf(day: Day): Promise<HistoryStore> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-backtest-'));
  const { store } = await openHistory(directory, new HandClock(day.now));
  onTestFinished(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });
  for (let from = 0; from < day.recorded.length; from += 5000)
    store.append(day.recorded.slice(from, from + 5000).map(inColumns));
  return store;
}

/** What one rule raised, as both can tell it. */
interface Raised {
  labels: string;
  cause: string;
  since: number;
  from: number;
  to: number | null;
  worst: number | null;
  moves: string[];
}

const byTime = (a: Raised, b: Raised) => a.from - b.from || a.labels.localeCompare(b.labels);

function raisedLive(day: Day, ruleId: string): Raised[] {
  const transitions = Map.groupBy(day.transitions, ({ alertId }) => alertId);
  return [...day.alerts.values()]
    .filter((alert) => alert.ruleId === ruleId)
    .map((alert) => ({
      labels: JSON.stringify(alert.series.labels),
      cause: alert.cause ?? 'violation',
      since: alert.since,
      from: alert.firedAt,
      to: alert.resolvedAt,
      worst: alert.worstValue,
      moves: (transitions.get(alert.id) ?? [])
        // What is told late, or again, is no move of the rule.
        .filter(({ reason }) => reason !== 'still_firing' && reason !== 'still_resolved')
        .map(({ at, reason, value }) => `${at} ${reason} ${value}`),
    }))
    .sort(byTime);
}

async function raisedInReplay(store: HistoryStore, day: Day, rule: Rule): Promise<Raised[]> {
  const ask = ((question: 'series' | 'recorded', asked: never) =>
    Promise.resolve(question === 'series' ? store.series(asked) : store.recorded(asked))) as AskHistory;
  const stretch = { from: 0, to: day.now + 1 };
  const prepared = prepare(rule);
  const { records, known } = await readRecording(
    ...([ask, prepared, { host, tagsOfHost: () => [] }, stretch, new AbortController().signal] as const),
  );
  const replay = new Replay({
    rule: prepared,
    host,
    intervalMs: new Map(settings.sources.map((source) => [source.name, intervalOf(source, settings) * 1000])),
    slowestMs: new Map(
      settings.sources.map((source) => [source.name, slowestIntervalOf(source, settings) * 1000]),
    ),
    own: { source: ownSource, uptime: uptimeMetric },
    known,
  });
  for (const _ of replay.take(records));
  return replay.periods
    .map(({ series, cause, since, from, to, worst, moves }) => ({
      labels: JSON.stringify(series.labels),
      ...{ cause, since, from, to, worst },
      moves: moves.map(({ at, reason, value }) => `${at} ${reason} ${value}`),
    }))
    .sort(byTime);
}

test.each([1])(
  'back-test and live agree: replaying a recorded day gives exactly the alerts that were raised (seed %i)',
  async (seed) => {
    const day = dayOf(seed);
    const store = await historyOf(day);
    const reasons = new Set(day.transitions.map(({ reason }) => reason));
    for (const reason of [
      'no_data',
      'data_back',
      'resolved_without_data',
      'series_gone',
      'became_critical',
    ] as const)
      expect(reasons).toContain(reason);
    for (const rule of settings.rules) {
      const live = raisedLive(day, rule.id);
      expect(live.length, `alerts of ${rule.id}`).toBeGreaterThan(0);
      expect(await raisedInReplay(store, day, rule), JSON.stringify(rule)).toEqual(live);
    }
  },
  60_000,
);
