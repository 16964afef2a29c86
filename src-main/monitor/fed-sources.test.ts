import { beforeEach, describe, expect, it } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { FedSources } from './fed-sources.ts';
import { parseSettings } from './settings/schema.ts';

const settings = (...sources: Record<string, unknown>[]) => parseSettings({ version: 1, sources });
const push = { name: 'greenhouse', kind: 'push' };
const beat = { name: 'backup', kind: 'heartbeat' };

let clock: HandClock;
let store: { heartbeatAges: Record<string, number> };
let heard: [source: string, values: Record<string, number>][];
let told: [readingsBefore: number, source: string, units: Record<string, string>][];
let fed: FedSources;

beforeEach(() => {
  clock = new HandClock();
  store = { heartbeatAges: {} };
  heard = [];
  told = [];
  fed = open();
});

function open(): FedSources {
  return new FedSources({
    host: 'box',
    clock,
    store,
    onReading: ({ source, samples }) =>
      heard.push([source, Object.fromEntries(samples.map(({ metric, value }) => [metric, value]))]),
    onUnits: (source, units) => told.push([heard.length, source, units]),
  });
}

const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'done';
  } catch (thrown) {
    return thrown instanceof PlimsollError ? thrown.code : thrown;
  }
};
const none = new Map<string, number>();
const ages = () => heard.map(([, { heartbeat_age_seconds }]) => heartbeat_age_seconds);

describe('a source that is pushed to', () => {
  it('has what was sent, when it was sent', () => {
    fed.configure(settings(push));
    fed.push('greenhouse', new Map([['temperature', 23.1]]));
    expect(heard).toEqual([['greenhouse', { temperature: 23.1 }]]);
  });

  it('has the unit that comes with its numbers, told before them', () => {
    fed.configure(settings(push));
    fed.push(
      'greenhouse',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      'C',
    );
    fed.push('greenhouse', new Map([['a', 1]]));
    expect(told).toEqual([[0, 'greenhouse', { a: 'C', b: 'C' }]]);
    expect(heard).toHaveLength(2);
    expect(codeOf(() => fed.push('cpu', new Map([['a', 1]]), '%'))).toBe('not_found');
    expect(told).toHaveLength(1);
  });

  it('is found by its name while it is enabled, and by nothing else', () => {
    const one = new Map([['value', 1]]);
    expect(codeOf(() => fed.push('greenhouse', one))).toBe('not_found');
    fed.configure(settings({ ...push, enabled: false }, { name: 'cpu', kind: 'cpu' }));
    expect(codeOf(() => fed.push('greenhouse', one))).toBe('not_found');
    expect(codeOf(() => fed.push('cpu', one))).toBe('not_found');
    fed.configure(settings(push));
    expect(codeOf(() => fed.push('greenhouse', none))).toBe('usage');
    expect(heard).toEqual([]);
  });

  it('never becomes more than 500 series, however they are spread', () => {
    fed.configure(settings(push));
    const numbered = (from: number, to: number) =>
      new Map(Array.from({ length: to - from }, (_, at) => [`m${from + at}`, 0]));
    fed.push('greenhouse', numbered(0, 300));
    fed.push('greenhouse', numbered(100, 500));
    expect(codeOf(() => fed.push('greenhouse', numbered(499, 501)))).toBe('too_many_requests');
    fed.push('greenhouse', numbered(0, 500));
    expect(heard).toHaveLength(3);
  });
});

describe('a heartbeat', () => {
  it('ages until it comes, from the moment it is waited for', async () => {
    fed.configure(settings(beat));
    await clock.turn(60_000);
    fed.push('backup', none);
    await clock.turn(45_000);
    expect(ages()).toEqual([0, 30, 60, 0, 30]);
    expect(codeOf(() => fed.push('backup', new Map([['value', 1]])))).toBe('invalid_request');
  });

  it('goes on ageing over a restart, also one that nobody announced', async () => {
    fed.configure(settings(beat));
    await clock.turn(90_000);
    fed.stop();
    heard = [];
    await clock.turn(8 * 3_600_000);
    open().configure(settings(beat));
    await clock.turn(30_000);
    expect(ages()).toEqual([90, 120]);
  });

  it('is not older for sleep, nor for a clock that was set', async () => {
    fed.configure(settings(beat));
    await clock.turn(30_000);
    clock.stall(8 * 3_600_000);
    await clock.turn(0);
    clock.jump(-5 * 3_600_000);
    await clock.turn(30_000);
    expect(ages()).toEqual([0, 30, 60, 90]);
  });

  it('keeps its age through other settings, and loses it with its source', async () => {
    fed.configure(settings(beat));
    await clock.turn(60_000);
    fed.configure(settings(beat, push));
    fed.configure(settings({ ...beat, intervalSeconds: 10 }));
    await clock.turn(10_000);
    expect(ages()).toEqual([0, 30, 60, 60, 70]);
    fed.configure(settings(push));
    await clock.turn(60_000);
    expect(heard).toHaveLength(5);
  });

  it('goes on when nothing can be remembered', async () => {
    Object.defineProperty(store, 'heartbeatAges', {
      get: () => ({}),
      set() {
        throw new Error('database or disk is full');
      },
    });
    fed.configure(settings(beat));
    await clock.turn(30_000);
    expect(ages()).toEqual([0, 30]);
  });
});
