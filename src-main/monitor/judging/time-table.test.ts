import { afterEach, describe, expect, it } from 'vitest';
import { WatchedMachine } from '../../testing/watched-machine.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Rules of every kind that time matters to. */
const rules = [
  { consecutiveViolations: 3, cooldownSeconds: 300 },
  { forSeconds: 30, clearAfterSeconds: 20, criticalThreshold: 95 },
  { consecutiveViolations: 3, violationsOf: 6, recoveryThreshold: 60 },
  { window: { function: 'avg', seconds: 60 }, cooldownSeconds: 60 },
  { source: 'memory', metric: 'memory_percent', noData: { policy: 'alert', afterSeconds: 60 } },
  { source: 'memory', metric: 'memory_percent', onSourceError: { policy: 'alert', afterSeconds: 20 } },
];

/** A busy quarter of an hour; `between` is called before each of its steps. */
function busy(machine: WatchedMachine, between: (step: number) => void = () => undefined): WatchedMachine {
  const row = [90, 90, 70, 90, 96, 97, 96, 99, 97, 98, 96, 90, 85, 70, 62, 50, 40, 30, 30, 30, 90, 90, 90];
  const values = [...row, ...row, ...row, ...Array.from({ length: 100 }, (_, index) => 70 + (index % 23))];
  values.forEach((value, step) => {
    between(step);
    if (step < 30 || step > 80) machine.read('memory', [{ metric: 'memory_percent', labels: {}, value: 50 }]);
    else if (step < 50) machine.read('memory', [], 'unreachable');
    machine.cpu(value);
  });
  return machine;
}

const control = busy(new WatchedMachine(rules)).moves;

it('moves at all, in the run that the others are held against', () => {
  expect(control.length).toBeGreaterThan(20);
  for (const part of ['no_data', 'source_error', 'became_critical', 'hold cooldown', 'cooldown_over'])
    expect(control.join('\n')).toContain(part);
});

describe('sleep', () => {
  it('of eight hours raises no alert in the first minute and no burst after it', () => {
    const machine = new WatchedMachine(rules);
    machine.cpu(90, 90).fails('memory', 2);
    machine.take();
    machine.sleep(8 * hour);
    // What was counted before is forgotten; the source that failed before has its minute.
    for (let time = 0; time < 11; time++) machine.read('memory', [], 'unreachable').cpu(50);
    expect(machine.take()).toEqual([]);
    expect(machine.lost).toEqual(['slept']);
    machine.pass(10 * minute);
    expect(machine.take().length).toBeLessThanOrEqual(2);
  });

  it('ends a row of violations, and one shorter than a minute does not', () => {
    const slept = (ms: number) =>
      new WatchedMachine([{ consecutiveViolations: 3 }]).cpu(90, 90).sleep(ms).cpu(90).moves.length;
    expect([slept(50 * second), slept(2 * minute), slept(8 * hour)]).toEqual([1, 0, 0]);
  });

  it('counts as time for a cooldown', () => {
    const machine = new WatchedMachine([{ cooldownSeconds: 3600 }]);
    machine
      .cpu(90, 50)
      .sleep(2 * hour)
      .cpu(90);
    expect(machine.take().at(-1)).toBe('a2 firing: violated_enough, announce cooldown_over');
  });
});

describe('a clock that is set', () => {
  const ahead = [minute, 10 * minute, hour, 3 * hour, day, 7 * day, 30 * day, year, 10 * year, 2500];
  const jumps = ahead.flatMap((ms) => [ms, -ms]);

  it('twenty times, back and forth, by seconds to years, changes no alert', () => {
    expect(jumps).toHaveLength(20);
    const machine = new WatchedMachine(rules);
    busy(machine, (step) => {
      const jump = step % 8 === 3 ? jumps[(step - 3) / 8] : undefined;
      if (jump !== undefined) machine.setClock(jump);
    });
    expect(machine.moves).toEqual(control);
    expect(machine.lost).toHaveLength(20);
  });

  it.each(jumps)('once, by %d ms, changes no alert', (jump) => {
    const machine = new WatchedMachine(rules);
    busy(machine, (step) => (step === 7 ? machine.setClock(jump) : undefined));
    expect(machine.moves).toEqual(control);
  });

  it('back over a restart silences nobody', () => {
    const machine = new WatchedMachine([{ cooldownSeconds: 3600 }]).cpu(90, 50);
    machine.setClock(-hour).restart().cpu(90);
    expect(machine.take().at(-1)).toBe('a2 firing: violated_enough, announce cooldown_over');
  });
});

describe('daylight saving', () => {
  const zoneBefore = process.env['TZ'];
  afterEach(() => {
    if (zoneBefore === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zoneBefore;
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T01:00Z', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z', '2026-11-01T06:00Z'],
    ['America/Santiago', '2026-04-05T03:00Z', '2026-09-06T04:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z', '2026-10-03T15:30Z'],
    ['Pacific/Auckland', '2026-04-04T14:00Z', '2026-09-26T14:00Z'],
  ])('of %s changes no alert, in neither direction', (zone, ...changes) => {
    process.env['TZ'] = zone;
    for (const change of changes) {
      const at = Date.parse(change);
      const offsets = [at - minute, at + minute].map((time) => new Date(time).getTimezoneOffset());
      expect(offsets[0]).not.toBe(offsets[1]);
      expect(busy(new WatchedMachine(rules, at - 5 * minute)).moves).toEqual(control);
    }
  });
});

describe('a late tick', () => {
  it('of less than a minute is a missing sample, of more a gap', () => {
    const late = (ms: number) =>
      new WatchedMachine([{ consecutiveViolations: 3 }]).cpu(90, 90).stall(ms).cpu(90).moves.length;
    expect([late(40 * second), late(55 * second), late(56 * second)]).toEqual([1, 1, 0]);
  });

  it('is made up for by nothing: samples that come at once count as samples, not as time', () => {
    const machine = new WatchedMachine([{ forSeconds: 30 }, { consecutiveViolations: 4 }]).cpu(90);
    machine.stall(15 * second);
    for (let time = 0; time < 3; time++)
      machine.read('cpu', [{ metric: 'cpu_percent', labels: {}, value: 90 }]);
    expect(machine.take()).toEqual(['a1 firing: violated_enough, announce first']);
    machine.pass(5 * second);
    expect(machine.cpu(90, 90).take()).toEqual(['a2 firing: violated_enough, announce first']);
  });

  it('is not held against sources that had no chance to send', () => {
    const machine = new WatchedMachine(rules);
    machine.read('memory', [{ metric: 'memory_percent', labels: {}, value: 50 }]).stall(10 * minute);
    machine.tick();
    expect(machine.lost).toEqual(['stood_still']);
    expect(machine.pass(55 * second).take()).toEqual([]);
    expect(machine.pass(70 * second).take()).toEqual(['a1 firing: no_data, announce first']);
  });
});

describe('a network of our own that is down', () => {
  const error = { onSourceError: { policy: 'alert', afterSeconds: 60 } };
  const noData = { noData: { policy: 'alert', afterSeconds: 120 } };
  const cutOff = (machine: WatchedMachine, ms: number) => {
    for (let passed = 0; passed < ms; passed += 5 * second)
      machine.read('cpu', [], 'network_down').pass(5 * second);
    return machine;
  };

  it('is no time in which a source failed', () => {
    const machine = cutOff(new WatchedMachine([error]).cpu(50).fails('cpu', 10), 10 * minute);
    expect(machine.fails('cpu', 12).take()).toEqual([]);
    expect(machine.fails('cpu', 1).take()).toEqual(['a1 firing: source_error, announce first']);
    expect(cutOff(machine, 10 * minute).take()).toEqual([]);
    expect(machine.cpu(50).take()).toEqual(['a1 resolved: source_back, announce recovery']);
  });

  it('is no silence, and silence after it counts from its end', () => {
    const machine = cutOff(new WatchedMachine([noData]).cpu(50), 10 * minute);
    expect(machine.pass(100 * second).take()).toEqual([]);
    expect(machine.pass(30 * second).take()).toEqual(['a1 firing: no_data, announce first']);
    expect(cutOff(machine, 10 * minute).take()).toEqual([]);
    expect(machine.cpu(50).take()).toEqual(['a1 resolved: data_back, announce recovery']);
  });
});

describe('a restart', () => {
  const three = { consecutiveViolations: 3, clearAfterSeconds: 10 };
  const missed = { ...three, noData: { policy: 'alert', afterSeconds: 60 } };
  const erring = { ...three, onSourceError: { policy: 'alert', afterSeconds: 10 } };
  type Step = (machine: WatchedMachine) => unknown;

  it.each<[string, Record<string, unknown>, Step, Step, number]>([
    ['1 of 3', three, (machine) => machine.cpu(90), (machine) => machine.cpu(90, 90, 50, 50, 50), 2],
    ['2 of 3', three, (machine) => machine.cpu(90, 90), (machine) => machine.cpu(90, 50, 50, 50), 2],
    ['firing', three, (machine) => machine.cpu(90, 90, 90), (machine) => machine.cpu(90, 50, 50, 50), 2],
    ['recovering', three, (machine) => machine.cpu(90, 90, 90, 50), (machine) => machine.cpu(50, 50), 2],
    ['no data', missed, (machine) => machine.cpu(50).pass(3 * minute), (machine) => machine.cpu(50, 90), 2],
    [
      'error',
      erring,
      (machine) => machine.fails('cpu', 20),
      (machine) => machine.fails('cpu', 20).cpu(50),
      2,
    ],
    [
      'snoozed',
      three,
      (machine) => machine.cpu(90, 90, 90).snooze('a1', 30 * second),
      (machine) => machine.cpu(90, 90, 90, 90, 90, 90, 90, 50, 50, 50),
      3,
    ],
    [
      'acknowledged',
      { ...three, criticalThreshold: 95 },
      (machine) => machine.cpu(90, 90, 90).acknowledge('a1', 'on it'),
      (machine) => machine.cpu(90, 97, 97, 97, 50, 50, 50),
      3,
    ],
    [
      'paused',
      three,
      (machine) => machine.pause(30 * second).cpu(90, 90, 90),
      (machine) => machine.cpu(90, 90, 90, 90, 50, 50, 50),
      3,
    ],
  ])('at %s goes on as if there had been none', (_, rule, before, after, moves) => {
    const [through, restarted] = [new WatchedMachine([rule]), new WatchedMachine([rule])];
    before(through);
    after(through);
    before(restarted);
    restarted.restart();
    after(restarted);
    expect(restarted.moves).toEqual(through.moves);
    expect(through.moves).toHaveLength(moves);
    expect([...restarted.alerts.values()]).toEqual([...through.alerts.values()]);
  });

  it('announces a firing alert not anew, but its recovery', () => {
    const machine = new WatchedMachine([three]).cpu(90, 90, 90);
    expect(machine.take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(machine.restart().cpu(90, 90, 90).take()).toEqual([]);
    expect(machine.restart().cpu(50, 50, 50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  });

  it('that takes longer than a minute begins a row anew', () => {
    expect(
      new WatchedMachine([three])
        .cpu(90, 90)
        .restart(2 * minute)
        .cpu(90).moves,
    ).toEqual([]);
  });

  it('gives every source a minute before its silence counts', () => {
    const machine = new WatchedMachine([missed]).cpu(50).restart(hour);
    expect(machine.pass(2 * minute - 10 * second).take()).toEqual([]);
    expect(machine.pass(20 * second).take()).toEqual(['a1 firing: no_data, announce first']);
  });
});
