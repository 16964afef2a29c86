import { expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { Pace } from './pace.ts';

/** A pace, the power cable of its machine, and what it reported. */
function bench() {
  const clock = new HandClock();
  const power: { onAc: boolean | null; fails: boolean } = { onAc: true, fails: false };
  const said: boolean[] = [];
  const battery = () => {
    if (power.fails) throw new PlimsollError('unsupported', 'There is no battery.');
    return { percent: 50, onAc: power.onAc };
  };
  const pace: Pace = new Pace({ system: { battery }, clock, onChange: () => said.push(pace.isSlow) });
  return { clock, power, said, pace };
}

test('unplugged is slow, within half a minute, and plugged in is not', async () => {
  const { clock, power, said, pace } = bench();
  pace.configure({ onBattery: true, unwatched: false });
  await clock.turn(60_000);
  expect(said).toEqual([]);
  power.onAc = false;
  await clock.turn(30_000);
  expect(said).toEqual([true]);
  power.onAc = true;
  await clock.turn(30_000);
  expect(said).toEqual([true, false]);
});

test.each([
  ['has no battery', { fails: true }],
  ['does not say', { onAc: null }],
])('a machine that %s is never slow for it', async (_name, trait) => {
  const { clock, power, said, pace } = bench();
  Object.assign(power, trait);
  pace.configure({ onBattery: true, unwatched: false });
  await clock.turn(120_000);
  expect(said).toEqual([]);
});

test('while nobody looks it is slow only where that is wanted', () => {
  const { said, pace } = bench();
  pace.watched(false);
  expect(said).toEqual([]);
  pace.configure({ onBattery: false, unwatched: true });
  expect(pace.isSlow).toBe(true);
  pace.watched(true);
  pace.watched(false);
  pace.configure({ onBattery: false, unwatched: false });
  expect(said).toEqual([true, false, true, false]);
});

test('the power is looked at no more when it does not matter, or at the end', async () => {
  const { clock, power, said, pace } = bench();
  pace.configure({ onBattery: true, unwatched: false });
  await clock.turn(0);
  pace.configure({ onBattery: false, unwatched: false });
  power.onAc = false;
  await clock.turn(120_000);
  expect(said).toEqual([]);
  pace.configure({ onBattery: true, unwatched: false });
  await clock.turn(0);
  pace.stop();
  power.onAc = true;
  await clock.turn(120_000);
  expect(said).toEqual([true]);
});
