import { expect, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { afterAbout } from './clock.ts';

test('waits of seconds that began at different times end together, on a multiple of five', async () => {
  const clock = new HandClock();
  const ended: number[] = [];
  for (const later of [0, 130, 1250]) {
    await clock.turn(later);
    afterAbout(clock, 10_000, () => ended.push(clock.monotonic()));
  }
  await clock.turn(12_000);
  expect(new Set(ended).size).toBe(1);
  expect(ended).toHaveLength(3);
  expect((ended[0] ?? NaN) % 5000).toBe(0);
});

test('one that is renewed each time it ends keeps its pace, also when it ends a little late', async () => {
  const clock = new HandClock();
  const ended: number[] = [];
  const renew = () =>
    afterAbout(clock, 10_000, () => {
      ended.push(clock.monotonic());
      renew();
    });
  renew();
  for (let round = 0; round < 30; round++) await clock.turn(1_013);
  expect(ended.map((at) => Math.round(at / 10_000))).toEqual([1, 2, 3]);
});

test('short waits are exact, and what is cancelled does not end', async () => {
  const clock = new HandClock();
  const ended: string[] = [];
  afterAbout(clock, 4_321, () => ended.push('short'));
  const cancel = afterAbout(clock, 12_000, () => ended.push('cancelled'));
  await clock.turn(4_320);
  expect(ended).toEqual([]);
  await clock.turn(1);
  expect(ended).toEqual(['short']);
  cancel();
  await clock.turn(20_000);
  expect(ended).toEqual(['short']);
});
