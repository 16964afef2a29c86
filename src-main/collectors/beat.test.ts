import { expect, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { Beat } from './beat.ts';

/** A beat, and a count of the timers it set. */
function bench() {
  const clock = new HandClock();
  let timers = 0;
  const counted = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms: number, callback: () => void) => {
      timers++;
      return clock.after(ms, callback);
    },
  };
  return { clock, beat: new Beat(counted), timers: () => timers };
}

test('what is due at the same time is called by one timer, in the order in which it was asked for', async () => {
  const { clock, beat, timers } = bench();
  const called: string[] = [];
  for (const name of ['a', 'b', 'c']) beat.at(1000, () => called.push(`${name} ${clock.monotonic()}`));
  await clock.turn(1000);
  expect(called).toEqual(['a 1000', 'b 1000', 'c 1000']);
  expect(timers()).toBe(1);
});

test('what is due earlier is called earlier, whenever it was asked for', async () => {
  const { clock, beat } = bench();
  const called: number[] = [];
  for (const due of [300, 100, 200]) beat.at(due, () => called.push(clock.monotonic()));
  await clock.turn(1000);
  expect(called).toEqual([100, 200, 300]);
});

test('what is asked for in a callback, or taken back in one, is heeded', async () => {
  const { clock, beat } = bench();
  const called: string[] = [];
  let cancel = (): void => undefined;
  beat.at(100, () => {
    called.push('first');
    cancel();
    beat.at(150, () => called.push('new'));
  });
  cancel = beat.at(100, () => called.push('taken back'));
  await clock.turn(1000);
  expect(called).toEqual(['first', 'new']);
});

test('nothing is left waiting when all was taken back', async () => {
  const { clock, beat } = bench();
  beat.at(100, () => expect.unreachable())();
  await clock.turn(1000);
});
