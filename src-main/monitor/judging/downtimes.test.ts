import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import type { QuietHours } from '../../contract/downtime.ts';
import type { Settings } from '../../contract/settings.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { Downtimes } from './downtimes.ts';
import { Judge } from './judge.ts';
import { parseSettings } from '../settings/schema.ts';
import { Silences } from './silences.ts';
import { openState } from '../state/state.ts';
import type { State } from '../state/state.ts';
import { noChange } from './track.ts';
import type { Verdict } from './verdict.ts';

const minute = 60_000;
const hour = 60 * minute;

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'plimsoll-downtimes-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function settings(quietHours?: Partial<QuietHours>, also: object = {}): Settings {
  return parseSettings({
    version: 1,
    sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 60 }],
    rules: [
      {
        ...{ id: 'cpu-high', name: 'CPU high', source: 'cpu', metric: 'cpu_percent' },
        ...{ comparison: 'greater_than', threshold: 80, criticalThreshold: 95, cooldownSeconds: 0 },
      },
    ],
    ...(quietHours !== undefined && {
      monitoring: { quietHours: [{ start: '22:00', end: '07:00', zone: 'UTC', ...quietHours }] },
    }),
    ...also,
  });
}

/** A judge and its downtimes over a real state file, with a clock turned by hand. What people are told is in `told`. */
class Bench {
  // 12:00 UTC of 5 January 2026.
  readonly clock = new HandClock();
  readonly told: string[] = [];
  readonly alerts = new Map<string, Alert>();
  downtimes!: Downtimes;
  changes = 0;
  readonly #settings: Settings;
  #state!: State;
  #judge!: Judge;
  #ids = 0;

  constructor(given = settings()) {
    this.#settings = given;
    this.#open();
  }

  #open(): void {
    this.#state = openState(directory);
    this.downtimes = new Downtimes({
      clock: this.clock,
      store: this.#state,
      write: () => Promise.reject(new Error('nothing is written in the settings here')),
      onChange: () => this.changes++,
    });
    this.downtimes.configure(this.#settings);
    const silences = new Silences(null, (subject, now) => this.downtimes.holdFor(subject, now));
    this.#judge = new Judge({
      host: 'box',
      tracks: this.#state.alerts.tracks(),
      open: this.#state.alerts.open(),
      silenceFor: silences.for,
      newId: () => `a${++this.#ids}`,
    });
    this.#keep(this.#judge.configure(this.#settings, this.#moment));
  }

  get #moment() {
    return { now: this.clock.now(), monotonic: this.clock.monotonic() };
  }

  restart(): void {
    this.close();
    this.#open();
  }

  close(): void {
    this.#state.close();
  }

  /** A sample, and a minute that passes, for each value. */
  sample(...values: number[]): this {
    for (const value of values) {
      const at = this.clock.now();
      const samples = [{ metric: 'cpu_percent', labels: {}, value }];
      const reading = { host: 'box', source: 'cpu', at, durationMs: 1, samples, error: null };
      this.downtimes.passTime(at);
      this.#keep(this.#judge.judge(reading, this.#moment));
      this.clock.stall(minute);
    }
    return this;
  }

  /** The same value for so long, every ten minutes or oftener. */
  during(ms: number, value: number): this {
    const step = Math.min(10 * minute, ms);
    for (let passed = 0; passed < ms; passed += step) {
      this.sample(value);
      this.clock.stall(step - minute);
    }
    return this;
  }

  /** A downtime of one hour from now on, about everything or what is given. */
  async downtime(more: object = {}): Promise<string> {
    const from = this.clock.now();
    const view = await this.downtimes.add({ name: 'NAS update', from, to: from + hour, ...more });
    return view.downtime.id;
  }

  transitions(id: string): string[] {
    return this.#state.alerts
      .transitions(id)
      .map(({ reason, announcement }) => `${reason}: ${announcement.decision} ${announcement.reason}`);
  }

  #keep(verdict: Verdict): void {
    for (const alert of verdict.alerts) this.alerts.set(alert.id, alert);
    const transitions = verdict.moves.map(({ transition }) => transition);
    const { tracks, forgottenTracks, alerts } = verdict;
    this.#state.commit({ ...noChange, tracks, forgottenTracks, alerts, transitions });
    for (const { alertId, to, announcement } of transitions)
      if (announcement.decision === 'announce') this.told.push(`${alertId} ${to} ${announcement.reason}`);
  }
}

let bench: Bench;
afterEach(() => bench.close());

describe('a downtime', () => {
  test('that ends without change is silent: it fired before and fires on', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.during(2 * hour, 90);
    expect(bench.told).toEqual(['a1 firing first']);
  });

  test('that ends without change is silent: it fired before, recovered within, and fires again', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.sample(40, 90, 40).during(2 * hour, 90);
    expect(bench.told).toEqual(['a1 firing first']);
    expect(bench.transitions('a3')).toEqual([
      'violated_enough: hold downtime',
      'still_firing: hold told_before',
    ]);
    // Who was told that it fires is told that it ended.
    bench.sample(40);
    expect(bench.told).toEqual(['a1 firing first', 'a3 resolved recovery']);
  });

  test('that ends without change is silent: it fired and recovered within, recorded and marked', async () => {
    bench = new Bench();
    const id = await bench.downtime();
    bench.sample(90, 40).during(2 * hour, 40);
    expect(bench.told).toEqual([]);
    expect(bench.alerts.get('a1')).toMatchObject({
      state: 'resolved',
      announced: false,
      inDowntime: { id, name: 'NAS update' },
    });
    expect(bench.transitions('a1')).toEqual([
      'violated_enough: hold downtime',
      'back_within: hold firing_not_announced',
    ]);
  });

  test('at whose end something fires that was not announced before is followed by its announcement', async () => {
    bench = new Bench();
    const id = await bench.downtime();
    bench.during(hour, 90);
    expect(bench.told).toEqual([]);
    expect(bench.alerts.get('a1')).toMatchObject({ inDowntime: { id }, silencedBy: 'downtime' });
    bench.sample(90, 90);
    expect(bench.told).toEqual(['a1 firing downtime_over']);
    expect(bench.alerts.get('a1')?.inDowntime).toBeUndefined();
  });

  test('in which something recovered of which people know is followed by the recovery, once', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.sample(40);
    expect(bench.told).toEqual(['a1 firing first']);
    bench.during(2 * hour, 40);
    expect(bench.told).toEqual(['a1 firing first', 'a1 resolved recovery']);
  });

  test('in which something became critical is followed by that, unless it is less severe again', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.sample(99, 90).during(hour, 90);
    expect(bench.told).toEqual(['a1 firing first']);
    await bench.downtime();
    bench.during(hour, 99).sample(99);
    expect(bench.told).toEqual(['a1 firing first', 'a1 firing more_severe']);
  });

  test('in which it came back worse than people know is followed by how severe it is', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.sample(40).during(hour, 99).sample(99);
    expect(bench.told).toEqual(['a1 firing first', 'a2 firing more_severe']);
  });

  test('of other hosts, sources or rules holds nothing', async () => {
    bench = new Bench();
    await bench.downtime({ hosts: ['nas', '!box'] });
    await bench.downtime({ sources: ['disk*'] });
    bench.sample(90);
    expect(bench.told).toEqual(['a1 firing first']);
    expect(bench.alerts.get('a1')?.inDowntime).toBeUndefined();
  });

  test('of this host, source and rule holds it', async () => {
    bench = new Bench();
    await bench.downtime({ hosts: ['b?x'], sources: ['cpu'], rules: ['cpu-high'] });
    expect(bench.sample(90).told).toEqual([]);
  });

  test('survives a restart, and so does what is owed at its end', async () => {
    bench = new Bench().sample(90);
    await bench.downtime();
    bench.sample(40);
    bench.restart();
    expect(bench.downtimes.list()).toMatchObject([{ state: 'active', downtime: { name: 'NAS update' } }]);
    bench.during(30 * minute, 40);
    bench.restart();
    bench.during(hour, 40);
    expect(bench.told).toEqual(['a1 firing first', 'a1 resolved recovery']);
  });

  test.each(['end', 'remove', 'disable'] as const)('holds nothing from its %s on', async (end) => {
    bench = new Bench();
    const id = await bench.downtime();
    bench.sample(90, 90);
    const [view] = bench.downtimes.list();
    if (end === 'end') bench.downtimes.end(id);
    else if (end === 'remove') await bench.downtimes.remove(id);
    else await bench.downtimes.change(id, { ...view?.downtime, enabled: false });
    expect(bench.sample(90).told).toEqual(['a1 firing downtime_over']);
  });

  test('that was ended early stays ended after a restart, and comes again when it recurs', async () => {
    bench = new Bench();
    const daily = { from: undefined, to: undefined, start: '12:00', end: '14:00', zone: 'UTC' };
    const id = await bench.downtime(daily);
    bench.downtimes.end(id);
    bench.restart();
    expect(bench.sample(90, 40).told).toEqual(['a1 firing first', 'a1 resolved recovery']);
    bench.clock.stall(24 * hour);
    expect(bench.sample(90).told).toHaveLength(2);
  });

  test('keeps to the clock that people set: forward it is over, back it goes on', async () => {
    bench = new Bench();
    await bench.downtime();
    bench.sample(90, 90);
    bench.clock.jump(2 * hour);
    expect(bench.sample(90).told).toEqual(['a1 firing downtime_over']);
    bench.sample(40);
    expect(bench.told).toHaveLength(2);
    bench.clock.jump(-2 * hour);
    expect(bench.sample(90).told).toHaveLength(2);
  });

  test('that overlaps another holds until the last of them is over', async () => {
    bench = new Bench();
    await bench.downtime();
    const from = bench.clock.now() + 30 * minute;
    await bench.downtime({ name: 'Backup', from, to: from + hour });
    bench.during(80 * minute, 90);
    expect(bench.told).toEqual([]);
    bench.clock.stall(10 * minute);
    bench.sample(90);
    expect(bench.told).toEqual(['a1 firing downtime_over']);
  });

  test('tells whoever looks when it begins and ends', async () => {
    bench = new Bench();
    const from = bench.clock.now() + 10 * minute;
    await bench.downtime({ from, to: from + 10 * minute });
    bench.changes = 0;
    bench.sample(40, 40, 40);
    expect(bench.changes).toBe(0);
    bench.clock.stall(7 * minute);
    bench.sample(40, 40);
    expect(bench.changes).toBe(1);
    bench.clock.stall(9 * minute);
    bench.sample(40);
    expect(bench.changes).toBe(2);
  });
});

describe('quiet hours', () => {
  const untilNight = 10 * hour;

  test('hold, and what still fires in the morning is announced then', () => {
    bench = new Bench(settings({}));
    bench.clock.stall(untilNight);
    bench.during(9 * hour, 90);
    expect(bench.told).toEqual([]);
    bench.sample(90);
    expect(bench.told).toEqual(['a1 firing quiet_hours_over']);
  });

  test('hold, and what came and went in the night is in the history only', () => {
    bench = new Bench(settings({}));
    bench.clock.stall(untilNight);
    bench.sample(90, 90, 40).during(10 * hour, 40);
    expect(bench.told).toEqual([]);
    expect(bench.alerts.get('a1')).toMatchObject({ state: 'resolved' });
  });

  test('let through what is critical, and what becomes it', () => {
    bench = new Bench(settings({}));
    bench.clock.stall(untilNight);
    bench.sample(90, 99);
    expect(bench.told).toEqual(['a1 firing more_severe']);
  });

  test('hold what is critical as well where they say so', () => {
    bench = new Bench(settings({ criticalBreaksThrough: false }));
    bench.clock.stall(untilNight);
    bench.during(9 * hour, 99);
    expect(bench.told).toEqual([]);
    bench.sample(99);
    expect(bench.told).toEqual(['a1 firing quiet_hours_over']);
  });

  test('after a downtime hold on: it is announced when the last of them is over', async () => {
    bench = new Bench(settings({}));
    bench.clock.stall(untilNight - hour);
    const from = bench.clock.now();
    await bench.downtime({ from, to: from + 3 * hour });
    bench.during(10 * hour, 90);
    expect(bench.told).toEqual([]);
    bench.sample(90);
    expect(bench.told).toEqual(['a1 firing quiet_hours_over']);
  });
});

describe('written in the settings', () => {
  const nightly = { id: 'nightly', name: 'Nightly', start: '22:00', minutes: 60, zone: 'UTC' };

  test('a downtime stands beside those that were made, and its end is remembered', async () => {
    bench = new Bench(settings(undefined, { downtimes: [{ ...nightly, start: '12:00' }] }));
    await bench.downtime({ from: bench.clock.now() + hour, to: bench.clock.now() + 2 * hour });
    expect(bench.downtimes.list()).toMatchObject([
      { origin: 'settings', state: 'active' },
      { origin: 'made', state: 'planned' },
    ]);
    bench.downtimes.end('nightly');
    bench.restart();
    expect(bench.sample(90).told).toEqual(['a1 firing first']);
  });

  test.each([
    [[nightly, nightly], 'downtimes[1].id'],
    [[{ ...nightly, zone: 'Berlin' }], 'downtimes[0].zone'],
    [[{ ...nightly, rules: ['cpu-hihg'] }], 'downtimes[0].rules[0]'],
    [[{ ...nightly, start: undefined, cron: '99 * * * *' }], 'downtimes[0].cron'],
  ])('what is wrong is named with its path: %o', (downtimes, path) => {
    bench = new Bench();
    let thrown: unknown;
    try {
      settings(undefined, { downtimes });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid_settings', problems: [{ path }] });
  });
});

test('what ended more than 90 days ago is let go when the next one is made', async () => {
  bench = new Bench();
  await bench.downtime();
  bench.clock.stall(89 * 24 * hour);
  await bench.downtime();
  expect(bench.downtimes.list()).toHaveLength(2);
  bench.clock.stall(2 * 24 * hour);
  await bench.downtime();
  expect(bench.downtimes.list().map(({ state }) => state)).toEqual(['active', 'over']);
});

test('a downtime that this Plimsoll cannot read is kept, said, and not in force', () => {
  const state = openState(directory);
  const unknown = { id: 'odd', name: 'Odd', phase: 'full moon' };
  state.putDowntime({ id: 'odd', downtime: unknown as never, ended: null });
  state.close();
  bench = new Bench();
  expect(bench.downtimes.list()).toEqual([]);
  expect(bench.downtimes.problem).toBe(
    '1 downtime is kept that this Plimsoll cannot read, and not in force.',
  );
});

test('when downtimes are between two times is told with the sources that they are about', () => {
  bench = new Bench(
    settings(undefined, {
      downtimes: [
        { id: 'nightly', name: 'Backup', start: '03:00', minutes: 60, zone: 'UTC' },
        {
          id: 'work',
          name: 'Work',
          from: Date.UTC(2026, 0, 3),
          to: Date.UTC(2026, 0, 9),
          sources: ['disk*'],
        },
        {
          id: 'judged',
          name: 'Judged',
          from: Date.UTC(2026, 0, 4),
          to: Date.UTC(2026, 0, 5),
          rules: ['cpu-high'],
        },
        { id: 'off', name: 'Off', enabled: false, start: '05:00', minutes: 5, zone: 'UTC' },
      ],
    }),
  );
  const day = 24 * hour;
  const from = Date.UTC(2026, 0, 3, 3, 30);
  const { occurrences, more } = bench.downtimes.occurrences(from, from + day);
  expect(occurrences.map(({ id, from, sources }) => [id, new Date(from).getUTCHours(), sources])).toEqual([
    ['work', 0, []],
    ['nightly', 3, null],
    ['judged', 0, ['cpu']],
    ['nightly', 3, null],
  ]);
  expect(more).toBe(false);
  expect(bench.downtimes.occurrences(from, from + 300 * day)).toMatchObject({ more: true });
});
