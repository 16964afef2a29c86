import { describe, expect, it } from 'vitest';
import { WatchedMachine } from '../../testing/watched-machine.ts';
import type { Said } from '../../testing/watched-machine.ts';
import { parseSettings } from '../settings/schema.ts';

const second = 1000;

const parent: Said = { id: 'nas-away', name: 'NAS away' };
const child: Said = {
  ...{ id: 'full', name: 'Full', source: 'mounts', metric: 'mount_percent', labels: { mount: '*' } },
  parents: ['nas-away'],
};
const mounts = (...values: number[]) =>
  values.map((value, index) => ({ metric: 'mount_percent', labels: { mount: `/${index}` }, value }));
const both = () => new WatchedMachine([child, parent]);

describe('while a parent fires', () => {
  it('its consequences are not announced, and their number is told with it', () => {
    const machine = both()
      .cpu(90)
      .read('mounts', mounts(90, 91, 50, 92));
    expect(machine.take()).toEqual([
      'a1 firing: violated_enough, announce first',
      'a2 /0 firing: violated_enough, hold parent',
      'a3 /1 firing: violated_enough, hold parent',
      'a4 /3 firing: violated_enough, hold parent',
    ]);
    expect(machine.alerts.get('a1')?.affected).toBe(3);
    machine.cpu(90).read('mounts', mounts(50, 50, 50, 50));
    expect(machine.take()).toHaveLength(3);
    expect(machine.cpu(50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
    expect(machine.alerts.get('a1')?.affected).toBe(3);
  });

  it('what fires still after its end is announced when it had the time for another sample', () => {
    const machine = both().cpu(90).read('mounts', mounts(90, 91)).cpu(90);
    machine.take();
    expect(machine.cpu(50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
    machine.pass(second).read('mounts', mounts(50, 91));
    expect(machine.take()).toEqual([
      'a2 /0 resolved: back_within, hold firing_not_announced',
      'a3 /1 firing: still_firing, announce parent_over',
    ]);
  });

  it('what had been announced before is over for whoever was told', () => {
    const machine = both().read('mounts', mounts(90)).cpu(90);
    machine.take();
    machine.read('mounts', mounts(50));
    expect(machine.take()).toEqual(['a1 /0 resolved: back_within, announce recovery']);
  });

  it('also over a restart', () => {
    const machine = both().cpu(90).read('mounts', mounts(90)).restart().cpu(90);
    machine.read('mounts', mounts(90));
    machine.take();
    expect(machine.cpu(50, 50).read('mounts', mounts(90)).take().at(-1)).toBe(
      'a2 /0 firing: still_firing, announce parent_over',
    );
  });
});

describe('in quiet hours', () => {
  const critical = { ...child, severity: 'critical' };

  it('what is critical is told although its cause is held back, and not once people know of that', () => {
    const machine = new WatchedMachine([critical, parent]);
    machine.quietUntil = machine.now + 60 * second;
    machine.cpu(90).read('mounts', mounts(90));
    expect(machine.take()).toEqual([
      'a1 firing: violated_enough, hold quiet_hours',
      'a2 /0 firing: violated_enough, announce first',
    ]);
    machine
      .pass(60 * second)
      .cpu(90)
      .read('mounts', mounts(90, 91));
    expect(machine.take()).toEqual([
      'a1 firing: still_firing, announce quiet_hours_over',
      'a3 /1 firing: violated_enough, hold parent',
    ]);
  });

  it('what is critical is held back by a cause of which people knew before', () => {
    const machine = new WatchedMachine([critical, parent]).cpu(90);
    machine.quietUntil = machine.now + 60 * second;
    machine.take();
    machine.read('mounts', mounts(90));
    expect(machine.take()).toEqual(['a2 /0 firing: violated_enough, hold parent']);
  });
});

describe('for the sake of the order', () => {
  it('one reading tells of the cause first, wherever the rules stand', () => {
    const machine = new WatchedMachine([{ id: 'slow', name: 'Slow', parents: ['nas-away'] }, parent]);
    expect(machine.cpu(90).take()).toEqual([
      'a1 firing: violated_enough, announce first',
      'a2 firing: violated_enough, hold parent',
    ]);
  });

  it('a consequence waits for a parent that is pending, and no longer than for some samples', () => {
    const slow = { ...parent, consecutiveViolations: 3 };
    const machine = new WatchedMachine([child, slow]).cpu(90).read('mounts', mounts(90));
    expect(machine.take()).toEqual(['a1 /0 firing: violated_enough, hold parent']);
    machine.cpu(90, 90);
    expect(machine.take()).toEqual(['a2 firing: violated_enough, announce first']);
    expect(machine.alerts.get('a2')?.affected).toBe(1);

    const never = new WatchedMachine([child, { ...parent, consecutiveViolations: 100 }]).cpu(90);
    never.read('mounts', mounts(90)).take();
    for (let time = 0; time < 5; time++) never.cpu(90).read('mounts', mounts(90));
    expect(never.take()).toEqual(['a1 /0 firing: still_firing, announce parent_over']);
  });

  it('and for one whose source fails just now', () => {
    const machine = both().fails('cpu', 1).read('mounts', mounts(90));
    expect(machine.take()).toEqual(['a1 /0 firing: violated_enough, hold parent']);
    machine.pass(15 * second).read('mounts', mounts(90));
    expect(machine.take()).toEqual([]);
    machine.pass(10 * second).read('mounts', mounts(90));
    expect(machine.take()).toEqual(['a1 /0 firing: still_firing, announce parent_over']);
  });
});

describe('parents in the settings', () => {
  const rule = (id: string, parents?: string[]) => ({
    ...{ id, name: id, source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 },
    ...(parents !== undefined && { parents }),
  });
  const problemsOf = (...rules: ReturnType<typeof rule>[]) => {
    try {
      parseSettings({ version: 1, sources: [{ name: 'cpu', kind: 'cpu' }], rules });
      return [];
    } catch (thrown) {
      return (thrown as { problems: { path: string; message: string }[] }).problems.map(
        ({ path, message }) => `${path}: ${message}`,
      );
    }
  };

  it('may form a tree', () => {
    expect(problemsOf(rule('a'), rule('b', ['a']), rule('c', ['a', 'b']))).toEqual([]);
  });

  it('must be there, and form no circle, which is told once', () => {
    expect(problemsOf(rule('a', ['b', 'x']), rule('b', ['c']), rule('c', ['a']))).toEqual([
      'rules[0].parents[0]: a rule cannot be a consequence of itself (a → b → c → a); leave one of these out',
      'rules[0].parents[1]: there is no rule with the id "x"',
    ]);
    expect(problemsOf(rule('a', ['a']))).toHaveLength(1);
  });
});
