import { beforeEach, expect, test } from 'vitest';
import type { SilenceFor } from '../../alerts/announce.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { drillMs, FireDrill } from './fire-drill.ts';
import { parseSettings } from '../settings/schema.ts';
import type { Verdict } from './verdict.ts';

let clock: HandClock;
let verdicts: Verdict[];
let silenceFor: SilenceFor;
let drill: FireDrill;

beforeEach(() => {
  clock = new HandClock();
  verdicts = [];
  silenceFor = () => null;
  let ids = 0;
  drill = new FireDrill({
    host: 'box',
    clock,
    settings: () => parseSettings({ version: 1 }),
    silenceFor: (alert, now) => silenceFor(alert, now),
    newId: () => `drill-${++ids}`,
    conclude: (verdict) => verdicts.push(verdict),
  });
});

const moves = () =>
  verdicts.flatMap((verdict) =>
    verdict.moves.map(({ alert, transition }) => [
      alert.id,
      alert.drill,
      transition.to,
      transition.announcement,
    ]),
  );
const announced = (reason: string) => ({ decision: 'announce', reason });

test('a drill fires, is announced, and is over by itself, marked in everything it says', async () => {
  expect(drill.start()).toBe('drill-1');
  expect(drill.start()).toBe('drill-1');
  await clock.turn(drillMs - 1);
  expect(moves()).toEqual([['drill-1', true, 'firing', announced('first')]]);
  await clock.turn(1);
  expect(moves()[1]).toEqual(['drill-1', true, 'resolved', announced('recovery')]);
  expect(verdicts.flatMap(({ alerts }) => alerts).every((alert) => alert.drill)).toBe(true);
  expect(drill.start()).toBe('drill-2');
});

test('no state of a rule comes of it', async () => {
  drill.start();
  await clock.turn(drillMs);
  expect(
    verdicts.flatMap(({ tracks, forgottenTracks, judged }) => [tracks, forgottenTracks, judged]),
  ).toEqual(Array(6).fill([]));
});

test('in a pause nobody is told, of its end neither', async () => {
  silenceFor = () => ({ reason: 'paused', until: clock.now() + 60_000 });
  drill.start();
  await clock.turn(drillMs);
  expect(moves().map(([, , , announcement]) => announcement)).toMatchObject([
    { decision: 'hold', reason: 'paused' },
    { decision: 'hold', reason: 'firing_not_announced' },
  ]);
});

test('one that was cut short is ended by the next start', async () => {
  drill.start();
  const left = verdicts.flatMap(({ alerts }) => alerts);
  drill.stop();
  await clock.turn(drillMs);
  expect(verdicts).toHaveLength(1);
  drill.endLeft(left);
  expect(moves()[1]).toEqual(['drill-1', true, 'resolved', announced('recovery')]);
});
