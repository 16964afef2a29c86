import { expect, it } from 'vitest';
import { WatchedMachine } from '../../testing/watched-machine.ts';

const second = 1000;
const minute = 60 * second;

/** Fires and is over, so many times, four minutes each. */
const flap = (machine: WatchedMachine, times: number) => {
  for (let time = 0; time < times; time++)
    machine
      .cpu(90)
      .pass(2 * minute - 5 * second)
      .cpu(50)
      .pass(2 * minute - 5 * second);
  return machine;
};
const isHeld = (move: string) => move.includes(', hold ');
const held = ['firing: violated_enough, hold flapping', 'resolved: back_within, hold flapping'];

it('announces what fires for the fourth time within an hour once as flapping, and then nothing', () => {
  const machine = flap(new WatchedMachine([{}]), 3);
  expect(machine.take()).toHaveLength(6);
  flap(machine, 3);
  expect(machine.take()).toEqual([
    'a4 firing: violated_enough, announce flapping',
    'a4 resolved: back_within, hold flapping',
    ...held.map((move) => `a5 ${move}`),
    ...held.map((move) => `a6 ${move}`),
  ]);
});

it('tells how it stands when nothing has changed for half an hour: that it is over, once', () => {
  const machine = flap(new WatchedMachine([{}]), 6);
  machine.take();
  machine.pass(25 * minute);
  expect(machine.take()).toEqual([]);
  machine.pass(5 * minute);
  expect(machine.take()).toEqual(['a6 resolved: still_resolved, announce flapping_over']);
  expect([...machine.alerts.values()].filter(({ recoveryOwed }) => recoveryOwed)).toEqual([]);
  expect(flap(machine, 1).take()).toEqual([
    'a7 firing: violated_enough, announce cooldown_over',
    'a7 resolved: back_within, announce recovery',
  ]);
});

it('tells how it stands when nothing has changed for half an hour: that it fires still', () => {
  for (const times of [3, 4]) {
    const machine = flap(new WatchedMachine([{}]), times);
    machine.cpu(90).take();
    const minutes = (count: number) => machine.cpu(...new Array<number>(count * 12).fill(90));
    expect(minutes(29).take()).toEqual([]);
    const id = `a${times + 1}`;
    expect(minutes(2).take()).toEqual([`${id} firing: still_firing, announce flapping_over`]);
    expect(machine.cpu(50).take()).toEqual([`${id} resolved: back_within, announce recovery`]);
  }
});

it('remembers over a restart', () => {
  const [through, restarted] = [flap(new WatchedMachine([{}]), 3), flap(new WatchedMachine([{}]), 3)];
  flap(flap(restarted.restart(), 2).restart(), 1)
    .restart()
    .pass(31 * minute);
  flap(through, 3).pass(31 * minute);
  expect(restarted.moves).toEqual(through.moves);
});

it('is not taken for flapping when it fires seldom, or when the rule wants every change', () => {
  const seldom = new WatchedMachine([{}]);
  for (let time = 0; time < 6; time++) flap(seldom, 1).pass(17 * minute);
  expect(seldom.take().filter(isHeld)).toEqual([]);
  const every = flap(new WatchedMachine([{ announceEveryChange: true }]), 6);
  expect(every.take().filter(isHeld)).toEqual([]);
});

it('is told as flapping although a cooldown held the last ones back, and not in a pause', () => {
  const cooled = flap(new WatchedMachine([{ cooldownSeconds: 3600 }]), 4);
  expect(cooled.take().filter((move) => !isHeld(move))).toEqual([
    'a1 firing: violated_enough, announce first',
    'a1 resolved: back_within, announce recovery',
    'a4 firing: violated_enough, announce flapping',
  ]);
  const paused = flap(new WatchedMachine([{}]), 3).pause(3 * minute);
  paused.take();
  flap(paused, 2);
  expect(paused.take()).toEqual([
    'a4 firing: violated_enough, hold paused',
    'a4 resolved: back_within, hold firing_not_announced',
    'a5 firing: violated_enough, announce flapping',
    'a5 resolved: back_within, hold flapping',
  ]);
});
