import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { Reading } from '../contract/sample.ts';
import { noPast } from '../testing/no-past.ts';
import { noWitness } from '../testing/no-witness.ts';
import { Board } from './board.ts';
import { Judge } from './judging/judge.ts';
import { Pipeline, unitOf } from './pipeline.ts';
import { parseSettings } from './settings/schema.ts';
import type { Change } from './judging/track.ts';

const settings = parseSettings({
  version: 1,
  sources: [{ name: 'cpu', kind: 'cpu' }],
  rules: [
    {
      id: 'cpu-high',
      name: 'CPU above 80 %',
      source: 'cpu',
      metric: 'cpu_percent',
      comparison: 'greater_than',
      threshold: 80,
      consecutiveViolations: 2,
    },
  ],
  destinations: [{ name: 'exports', kind: 'file' }],
});

let disk: { isFull: boolean; commits: Change[] };
let events: LiveEvent['type'][];
let notices: Map<string, string>;
let deliverCalls: number;
let now: number;
let pipeline: Pipeline;

beforeEach(() => {
  disk = { isFull: false, commits: [] };
  events = [];
  notices = new Map();
  deliverCalls = 0;
  now = Date.UTC(2026, 0, 5, 12);
  let ids = 0;
  const newId = () => `id${++ids}`;
  pipeline = new Pipeline(
    {
      host: 'box',
      board: new Board(),
      judge: new Judge({ host: 'box', tracks: [], open: [], silenceFor: () => null, newId }),
      deliveries: noPast,
      commit(change) {
        if (disk.isFull) throw new Error('database or disk is full');
        disk.commits.push(change);
      },
      silenceFor: () => null,
      witness: noWitness,
      keep: () => undefined,
      deliver: () => deliverCalls++,
      publish: (event) => events.push(event.type),
      notice: (id, message) => (message === null ? notices.delete(id) : notices.set(id, message)),
      newId,
      titleOf: () => 'CPU',
      unitOf: ({ source, metric }) =>
        unitOf(
          settings.sources.find(({ name }) => name === source),
          metric,
        ),
      log: silentLog,
    },
    settings,
  );
  pipeline.configure(settings, { now, monotonic: 0 });
});

function take(value: number): void {
  const samples = [{ metric: 'cpu_percent', labels: {}, value }];
  const reading: Reading = { host: 'box', source: 'cpu', at: now, durationMs: 1, samples, error: null };
  pipeline.take(reading, 0, { now, monotonic: now });
  now += 5000;
}

describe('Pipeline', () => {
  it('commits a move and what follows from it as one, then tells, then delivers', () => {
    take(90);
    expect(events).toEqual(['reading']);
    take(91);
    expect(disk.commits).toHaveLength(2);
    expect(disk.commits[1]).toMatchObject({
      tracks: [{ ruleId: 'cpu-high', state: { phase: 'firing' }, alertId: 'id1' }],
      alerts: [{ id: 'id1', state: 'firing' }],
      transitions: [{ alertId: 'id1', to: 'firing' }],
      deliveries: [
        { delivery: { destination: 'exports', state: 'queued' }, message: { measurements: [{ value: 91 }] } },
      ],
    });
    expect(events).toEqual(['reading', 'alert', 'delivery', 'reading']);
    expect(deliverCalls).toBe(1);
  });

  it('queues nothing for a destination that does not want to hear of the end', () => {
    for (const value of [90, 91, 40]) take(value);
    expect(disk.commits.at(-1)).toMatchObject({ transitions: [{ to: 'resolved' }], deliveries: [] });
    expect(deliverCalls).toBe(1);
  });

  it('announces an end only where it is wanted', () => {
    const url = 'http://127.0.0.1/';
    const { destinations } = parseSettings({
      version: 1,
      destinations: [
        { name: 'exports', kind: 'file' },
        { name: 'all', kind: 'webhook', url },
        { name: 'starts', kind: 'webhook', url, onResolve: false },
      ],
    });
    pipeline.configure({ ...settings, destinations }, { now, monotonic: now });
    const queued = () => disk.commits.at(-1)?.deliveries.map(({ delivery }) => delivery.destination);
    for (const value of [90, 91]) take(value);
    expect(queued()).toEqual(['exports', 'all', 'starts']);
    take(40);
    expect(queued()).toEqual(['all']);
  });

  it('keeps no further violations in memory while the disk refuses', () => {
    const { destinations } = parseSettings({
      version: 1,
      destinations: [{ name: 'exports', kind: 'file', everyViolation: true }],
    });
    pipeline.configure({ ...settings, destinations }, { now, monotonic: now });
    for (const value of [90, 91]) take(value);
    disk.isFull = true;
    for (const value of [92, 93, 94]) take(value);
    disk.isFull = false;
    pipeline.settle();
    take(95);
    const values = disk.commits.flatMap(({ deliveries }) =>
      deliveries.map(({ message }) => message?.transition.value),
    );
    expect(values).toEqual([91, 92, 95]);
  });

  it('goes on judging while the disk refuses, then commits what is owed and delivers it', () => {
    disk.isFull = true;
    for (const value of [90, 91, 92]) take(value);
    expect(events.filter((type) => type === 'alert')).not.toEqual([]);
    expect(notices.get('state')).toContain('disk is full');
    expect([disk.commits.length, deliverCalls]).toEqual([0, 0]);

    disk.isFull = false;
    pipeline.settle();
    expect(disk.commits).toHaveLength(1);
    expect(disk.commits[0]).toMatchObject({
      tracks: [{ state: { phase: 'firing', violations: 3 } }],
      alerts: [{ id: 'id1', worstValue: 92 }],
      transitions: [{ to: 'firing' }],
      deliveries: [{ delivery: { state: 'queued' } }],
    });
    expect(deliverCalls).toBe(1);
    expect(notices.size).toBe(0);
    pipeline.settle();
    expect(disk.commits).toHaveLength(1);
  });

  it('owes no more after a long refusal than where every rule and alert stands', () => {
    disk.isFull = true;
    for (let tick = 0; tick < 1000; tick++) take(90 + tick / 1000);
    disk.isFull = false;
    take(95);
    const [owed] = disk.commits;
    expect([owed?.tracks.length, owed?.alerts.length, owed?.transitions.length]).toEqual([1, 1, 1]);
  });

  it('forgets what is owed of a rule that was removed meanwhile', () => {
    take(90);
    disk.isFull = true;
    take(91);
    pipeline.configure({ ...settings, rules: [] }, { now, monotonic: now });
    pipeline.passTime({ now: now + 12_000, monotonic: now + 12_000 });
    disk.isFull = false;
    pipeline.settle();
    const owed = disk.commits.at(-1);
    expect(owed).toMatchObject({ tracks: [], forgottenTracks: [{ ruleId: 'cpu-high' }] });
    expect(owed?.alerts.map(({ state }) => state)).toEqual(['resolved']);
    expect(owed?.transitions.map(({ reason }) => reason)).toEqual(['violated_enough', 'rule_removed']);
  });
});
