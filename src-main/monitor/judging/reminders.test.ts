import { expect, it } from 'vitest';
import { WatchedMachine } from '../../testing/watched-machine.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const reminded = { remindEverySeconds: 600, cooldownSeconds: 0 };
const first = 'a1 firing: violated_enough, announce first';
const again = 'a1 firing: still_firing, announce reminder';
/** Twelve samples a minute. */
const firing = (machine: WatchedMachine, minutes: number) =>
  machine.cpu(...new Array<number>(minutes * 12).fill(90));

it('reminds at its pace while it fires, and says nothing more when it is over', () => {
  const machine = firing(new WatchedMachine([reminded]), 25);
  expect(machine.take()).toEqual([first, again, again]);
  machine.cpu(50).pass(hour);
  expect(machine.take()).toEqual(['a1 resolved: back_within, announce recovery']);
});

it('reminds of nothing without being asked to', () => {
  expect(firing(new WatchedMachine([{}]), 60).take()).toEqual([first]);
});

it('remembers over a restart when it told last', () => {
  const machine = firing(new WatchedMachine([reminded]), 8);
  expect(firing(machine.restart(), 1).take()).toEqual([first]);
  expect(firing(machine, 2).take()).toEqual([again]);
});

it('reminds once after a sleep, when a sample has said that it fires still', () => {
  const machine = firing(new WatchedMachine([reminded]), 1);
  machine.take();
  machine.sleep(8 * hour).pass(50 * second);
  expect(machine.take()).toEqual([]);
  expect(firing(machine, 2).take()).toEqual([again]);
});

it('reminds of data that does not come, of which no sample tells', () => {
  const machine = new WatchedMachine([{ ...reminded, noData: { policy: 'alert', afterSeconds: 60 } }]);
  machine.cpu(50).pass(15 * minute);
  expect(machine.take()).toEqual(['a1 firing: no_data, announce first', again]);
});

it('is ended by acknowledging, and goes on when that is taken back', () => {
  const machine = firing(new WatchedMachine([reminded]), 1).acknowledge('a1', 'on it');
  machine.take();
  expect(machine.alerts.get('a1')).toMatchObject({ acknowledgedAt: machine.now, note: 'on it' });
  expect(firing(machine, 60).take()).toEqual([]);
  machine.unacknowledge('a1');
  expect(machine.alerts.get('a1')).toMatchObject({ acknowledgedAt: null, note: null });
  expect(firing(machine, 1).take()).toEqual([again]);
});

it('tells who acknowledged that it became critical', () => {
  const machine = firing(new WatchedMachine([{ ...reminded, criticalThreshold: 95 }]), 1).acknowledge('a1');
  machine.take();
  expect(machine.cpu(97).take()).toEqual(['a1 firing: became_critical, announce more_severe']);
});

it('keeps quiet in a snooze and in a pause', () => {
  const snoozed = firing(new WatchedMachine([reminded]), 1).snooze('a1', 20 * minute);
  snoozed.take();
  expect(firing(snoozed, 19).take()).toEqual([]);
  expect(firing(snoozed, 2).take()).toEqual(['a1 firing: still_firing, announce snooze_over']);
  const paused = firing(new WatchedMachine([reminded]), 1).pause(20 * minute);
  paused.take();
  expect(firing(paused, 19).take()).toEqual([]);
  expect(firing(paused, 2).take()).toEqual([again]);
});

it('is not mentioned any more when it is snoozed until it is over, and its recovery is announced', () => {
  const machine = firing(new WatchedMachine([{ ...reminded, criticalThreshold: 95 }]), 1).snooze('a1', null);
  machine.take();
  firing(machine.restart(), 60).cpu(97, 97);
  expect(machine.take()).toEqual(['a1 firing: became_critical, hold snoozed']);
  expect(machine.cpu(50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  expect(machine.alerts.get('a1')).not.toHaveProperty('snoozedUntilResolved');
});

it('can be snoozed for a time after having been snoozed until it is over', () => {
  const machine = firing(new WatchedMachine([{}]), 1)
    .snooze('a1', null)
    .snooze('a1', minute);
  machine.take();
  expect(firing(machine, 2).take()).toEqual(['a1 firing: still_firing, announce snooze_over']);
});

it('is reminded of again when its snooze is taken back, and nothing is announced for that alone', () => {
  const machine = firing(new WatchedMachine([reminded]), 1).snooze('a1', 2 * 60 * minute);
  firing(machine, 19).unsnooze('a1', 'Ann').take();
  expect(machine.restart().alerts.get('a1')).toMatchObject({ snoozedUntil: null, unsnoozedBy: 'Ann' });
  expect(firing(machine, 2).take()).toEqual([again]);
});

it('is announced as critical when the snooze in which it became so is taken back', () => {
  const machine = firing(new WatchedMachine([{ ...reminded, criticalThreshold: 95 }]), 1).snooze('a1', null);
  machine.cpu(97, 97).take();
  machine.unsnooze('a1');
  expect(machine.alerts.get('a1')).not.toHaveProperty('snoozedUntilResolved');
  expect(machine.cpu(97).take()).toEqual(['a1 firing: still_firing, announce more_severe']);
});

it('says who snoozed it and who took that back until it is snoozed anew', () => {
  const machine = firing(new WatchedMachine([{}]), 1).snooze('a1', minute, 'Ann');
  expect(machine.unsnooze('a1', 'Ben').alerts.get('a1')).toMatchObject({
    snoozedBy: 'Ann',
    unsnoozedBy: 'Ben',
    unsnoozedAt: expect.any(Number) as number,
  });
  const anew = machine.snooze('a1', minute).alerts.get('a1');
  for (const of of ['snoozedBy', 'unsnoozedBy', 'unsnoozedAt']) expect(anew).not.toHaveProperty(of);
});

it('keeps no record of a snooze that was taken back where there was none', () => {
  const machine = firing(new WatchedMachine([{}]), 1).unsnooze('a1');
  expect(machine.alerts.get('a1')).not.toHaveProperty('unsnoozedAt');
  expect(() => machine.cpu(50).unsnooze('a1')).toThrow('No alert a1 is firing');
});

it('is not reminded of while it recovers', () => {
  const machine = firing(new WatchedMachine([{ ...reminded, clearAfterSeconds: 3600 }]), 1);
  machine.take();
  expect(machine.cpu(...new Array<number>(360).fill(50)).take()).toEqual([]);
});

it('announces at the end of a pause what no sample tells of', () => {
  const machine = new WatchedMachine([{ noData: { policy: 'alert', afterSeconds: 60 } }]).cpu(50);
  machine.pause(10 * minute).pass(9 * minute);
  expect(machine.take()).toEqual(['a1 firing: no_data, hold paused']);
  machine.pass(2 * minute);
  expect(machine.take()).toEqual(['a1 firing: still_firing, announce pause_over']);
});
