import { describe, expect, it } from 'vitest';
import type { Rule } from '../../contract/rule.ts';
import type { Measurement } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { revived } from '../../rules/state.ts';
import { Judge } from './judge.ts';
import type { PastQuestion } from './past-questions.ts';
import { parseSettings } from '../settings/schema.ts';
import { Silences } from './silences.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';
import type { Verdict } from './verdict.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A judge that is told of samples and of time, with what survives a kill beside it. */
class Bench {
  readonly tracks = new Map<string, string>();
  readonly alerts = new Map<string, Verdict['alerts'][number]>();
  moves: string[] = [];
  now = Date.UTC(2026, 0, 5, 12);
  monotonic = 0;
  silences = new Silences(null);
  #ids = 0;
  #judge!: Judge;
  readonly #rules: Partial<Rule>[];

  constructor(...rules: Partial<Rule>[]) {
    this.#rules = rules;
    this.restart();
  }

  restart(): void {
    const open = [...this.alerts.values()].filter(({ state }) => state === 'firing');
    // As the state is written and read.
    const tracks = [...this.tracks.values()].map((body) => JSON.parse(body) as Track);
    const alive = tracks.map((track) => ({ ...track, state: revived(track.state) }));
    this.#judge = new Judge({
      ...{ host: 'box', tracks: alive, open, silenceFor: this.silences.for },
      newId: () => `a${++this.#ids}`,
    });
    this.monotonic = 0;
    this.configure(...this.#rules);
  }

  configure(...rules: Partial<Rule>[]): void {
    this.set({}, ...rules);
  }

  /** The same with other keys of the settings. */
  set(also: Partial<Record<keyof Settings, unknown>>, ...rules: Partial<Rule>[]): void {
    const settings = parseSettings({
      version: 1,
      sources: [
        { name: 'mounts', kind: 'mounts', intervalSeconds: 10 },
        { name: 'memory', kind: 'memory', intervalSeconds: 10 },
      ],
      rules: rules.map((rule, index) => ({
        ...{ id: `r${index}`, name: `Rule ${index}`, source: 'memory', metric: 'memory_percent' },
        ...{ comparison: 'greater_than', ...(rule.baseline === undefined && { threshold: 80 }) },
        ...rule,
      })),
      monitoring: { rawRetentionHours: 4 * 7 * 24 },
      ...also,
    });
    this.#keep(this.#judge.configure(settings, this));
  }

  pass(ms: number): this {
    this.now += ms;
    this.monotonic += ms;
    return this;
  }

  /** Ten seconds at a time, as the monitor tells it; what it says meanwhile is kept. */
  wait(ms: number): this {
    for (let left = ms; left > 0; left -= 10 * second) {
      this.pass(Math.min(left, 10 * second));
      this.tick();
    }
    return this;
  }

  tick(): void {
    this.#keep(this.#judge.passTime({ now: this.now, monotonic: this.monotonic }));
  }

  reading(source: string, samples: Measurement[], error: string | null = null): Verdict {
    const verdict = this.#judge.judge(
      {
        ...{ host: 'box', source, at: this.now, durationMs: 0, samples },
        error: error === null ? null : { code: 'unreachable', message: error },
      },
      this,
    );
    this.#keep(verdict);
    return verdict;
  }

  /** One value of the memory, then ten seconds. */
  memory(value: number, also: Record<string, number> = {}): this {
    const others = Object.entries(also).map(([metric, value]) => ({ metric, labels: {}, value }));
    this.reading('memory', [{ metric: 'memory_percent', labels: {}, value }, ...others]);
    return this.wait(10 * second);
  }

  mounts(values: Record<string, number>): Verdict {
    const verdict = this.reading(
      'mounts',
      Object.entries(values).map(([mount, value]) => ({ metric: 'mount_percent', labels: { mount }, value })),
    );
    this.wait(10 * second);
    return verdict;
  }

  question(): PastQuestion | null {
    return this.#judge.past.next(this);
  }

  learn(question: PastQuestion, at: number[], values: number[]): void {
    const series = { host: 'box', source: 'memory', metric: 'memory_percent', labels: {} };
    const columns = { at, min: values, avg: values, max: values };
    this.#judge.past.learn(question, { series, from: 0, to: this.now, bucketMs: hour, ...columns });
  }

  pause(ms: number): void {
    this.silences.pause(this.now + ms);
  }

  get firing(): string[] {
    return this.#judge.alerts.firing().map(({ series }) => Object.values(series.labels).join());
  }

  /** What moved since it was last asked. */
  take(): string[] {
    const { moves } = this;
    this.moves = [];
    return moves;
  }

  #keep(verdict: Verdict): void {
    for (const track of verdict.tracks) this.tracks.set(trackKey(track), JSON.stringify(track));
    for (const track of verdict.forgottenTracks) this.tracks.delete(trackKey(track));
    for (const alert of verdict.alerts) this.alerts.set(alert.id, alert);
    for (const { transition, alert } of verdict.moves) {
      const { to, reason, announcement } = transition;
      const labels = Object.values(alert.series.labels).join();
      this.moves.push(
        `${alert.id}${labels === '' ? '' : ` ${labels}`} ${to}: ${reason}, ${announcement.decision} ${announcement.reason}`,
      );
    }
  }
}

const onMounts = { source: 'mounts', metric: 'mount_percent' };

describe('a rule over many series', () => {
  it('has an alert and a state for each series that fits, also over a restart', () => {
    const bench = new Bench({ ...onMounts, consecutiveViolations: 2, labels: { mount: '!/boot' } });
    bench.mounts({ '/': 90, '/data': 50, '/boot': 99 });
    bench.restart();
    bench.mounts({ '/': 91, '/data': 85, '/boot': 99 });
    bench.mounts({ '/': 91, '/data': 86, '/boot': 99 });
    bench.mounts({ '/': 40, '/data': 86, '/boot': 99 });
    expect(bench.take()).toEqual([
      'a1 / firing: violated_enough, announce first',
      'a2 /data firing: violated_enough, announce first',
      'a1 / resolved: back_within, announce recovery',
    ]);
    expect(bench.firing).toEqual(['/data']);
  });

  it('leaves the series without labels alone, as a rule without labels leaves the others', () => {
    const bench = new Bench({ ...onMounts, labels: { mount: '*' } }, onMounts);
    const { statuses } = bench.reading('mounts', [
      { metric: 'mount_percent', labels: {}, value: 50 },
      { metric: 'mount_percent', labels: { mount: '/' }, value: 50 },
    ]);
    expect(statuses.map(({ ruleId, labels }) => [ruleId, labels])).toEqual([
      ['r1', {}],
      ['r0', { mount: '/' }],
    ]);
  });

  it('watches the hosts that are named', () => {
    const elsewhere = new Bench({ hosts: ['web-*'] });
    expect(elsewhere.memory(90).take()).toEqual([]);
    expect(new Bench({ hosts: ['b?x'] }).memory(90).take()).toHaveLength(1);
  });

  it('ends what is no longer asked for when its labels are changed', () => {
    const bench = new Bench({ ...onMounts, labels: { mount: '*' } });
    bench.mounts({ '/': 90, '/data': 90 });
    bench.take();
    bench.configure({ ...onMounts, labels: { mount: '/data' } });
    expect(bench.take()).toEqual(['a1 / resolved: rule_changed, announce recovery']);
    expect(bench.firing).toEqual(['/data']);
  });

  it('begins a row anew when it asked for some of the last samples before', () => {
    const bench = new Bench({ consecutiveViolations: 3, violationsOf: 10 });
    bench.memory(90).memory(50).memory(90).memory(50);
    bench.configure({ consecutiveViolations: 3 });
    expect(bench.memory(90).take()).toEqual([]);
    expect(bench.memory(90).memory(90).take()).toEqual(['a1 firing: violated_enough, announce first']);
  });

  it('lets go of a series that is gone while its source goes on, and not of one whose source is silent', () => {
    const bench = new Bench({ ...onMounts, labels: { mount: '*' } });
    bench.mounts({ '/': 90, '/usb': 95 });
    bench.take();
    for (let minutes = 0; minutes < 11; minutes++) {
      bench.mounts({ '/': 90 });
      bench.wait(50 * second);
    }
    expect(bench.take()).toEqual(['a2 /usb resolved: series_gone, announce recovery']);
    expect(bench.tracks.size).toBe(1);
    bench.wait(2 * hour);
    expect(bench.firing).toEqual(['/']);
  });
});

describe('what a rule makes of samples', () => {
  it('judges a window only when it is filled, and goes on firing while it fills after a restart', () => {
    const bench = new Bench({ window: { function: 'avg', seconds: 60 } });
    for (const value of [99, 99, 99, 50, 50]) bench.memory(value);
    expect(bench.take()).toEqual([]);
    bench.memory(60).memory(90);
    expect(bench.take()).toEqual([]);
    for (const value of [99, 99, 99]) bench.memory(value);
    expect(bench.take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')?.firedValue).toBeCloseTo((50 + 60 + 90 + 99 * 3) / 6, 9);
    bench.restart();
    for (const value of [50, 50, 50, 50, 50]) bench.memory(value);
    expect(bench.take()).toEqual([]);
    expect(bench.memory(50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  });

  it('calculates with other metrics, and says nothing while one of them is not known', () => {
    const bench = new Bench({ expression: 'memory_used / memory_total * 100' });
    bench.memory(10, { memory_used: 9 });
    expect(bench.take()).toEqual([]);
    bench.memory(10, { memory_used: 9, memory_total: 10 });
    expect(bench.take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')).toMatchObject({
      firedValue: 90,
      expression: 'memory_used / memory_total * 100',
    });
  });

  it('lets the window over an expression grow old, and empties it, while that is not known', () => {
    const bench = new Bench({ window: { function: 'max', seconds: 60 }, expression: 'value / memory_total' });
    const feed = (times: number, value: number, memory_total: number) => {
      for (let time = 0; time < times; time++) bench.memory(value, { memory_total });
    };
    feed(6, 50, 1);
    feed(1, 100, 1);
    expect(bench.take()).toEqual(['a1 firing: violated_enough, announce first']);
    // Divided by 0 nothing is known.
    feed(4, 50, 0);
    feed(1, 50, 1);
    expect(bench.take()).toEqual([]);
    feed(1, 50, 1);
    expect(bench.take()).toEqual(['a1 resolved: back_within, announce recovery']);
    feed(360, 50, 0);
    feed(5, 100, 1);
    expect(bench.take()).toEqual([]);
    feed(1, 100, 1);
    expect(bench.take()).toEqual(['a2 firing: violated_enough, announce cooldown_over']);
  });

  it('joins conditions of other sources, of the series with the same labels where there is one', () => {
    const other = { metric: 'mount_inodes_percent', comparison: 'greater_than', threshold: 50 } as const;
    const bench = new Bench({ ...onMounts, labels: { mount: '*' }, all: [other] });
    const sample = (metric: string, mount: string, value: number) => ({ metric, labels: { mount }, value });
    bench.reading('mounts', [
      ...[sample('mount_percent', '/', 90), sample('mount_inodes_percent', '/', 60)],
      ...[sample('mount_percent', '/data', 90), sample('mount_inodes_percent', '/data', 10)],
    ]);
    expect(bench.firing).toEqual(['/']);

    const across = new Bench({
      any: [
        {
          source: 'mounts',
          metric: 'mount_percent',
          labels: { mount: '/' },
          comparison: 'greater_than',
          threshold: 80,
        },
      ],
    });
    across.memory(50);
    across.mounts({ '/': 90 });
    expect(across.memory(50).take()).toEqual(['a1 firing: violated_enough, announce first']);
    // After a minute nobody knows any more how full the mount is; what fires stays.
    across.wait(2 * minute);
    expect(across.memory(50).take()).toEqual([]);
    across.mounts({ '/': 10 });
    expect(across.memory(50).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  });

  it('foresees from what history tells, and is silent before that', () => {
    const bench = new Bench({ forecast: { withinDays: 3, overDays: 7 } });
    bench.memory(70);
    const question = bench.question();
    expect(question?.query).toMatchObject({
      metric: 'memory_percent',
      from: bench.now - 7 * day,
      to: bench.now,
    });
    expect(bench.question()).toBeNull();
    expect(bench.memory(70).take()).toEqual([]);
    if (question === null) throw new Error('nothing is asked');
    const at = Array.from({ length: 168 }, (_, index) => bench.now - (168 - index) * hour);
    bench.learn(
      question,
      at,
      at.map((_, index) => 42 + index / 6),
    );
    expect(bench.memory(70).take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')?.firedValue).toBeCloseTo(82, 6);
    bench.wait(hour + 2 * minute);
    const again = bench.question();
    if (again === null) throw new Error('it is not asked again');
    bench.learn(
      again,
      at,
      at.map(() => 70),
    );
    expect(bench.memory(70).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  });

  it('asks sooner what the past was too short for, and first what has waited longest', () => {
    const bench = new Bench({
      ...onMounts,
      labels: { mount: '*' },
      forecast: { withinDays: 3, overDays: 7 },
    });
    bench.mounts({ '/': 70, '/data': 70 });
    const ask = () => {
      const question = bench.question();
      if (question !== null) bench.learn(question, [], []);
      return question?.query.labels['mount'];
    };
    expect(ask()).toBe('/');
    bench.wait(10 * second);
    expect(ask()).toBe('/data');
    expect(ask()).toBeUndefined();
    bench.wait(16 * minute - 10 * second);
    expect(ask()).toBe('/');
    bench.wait(17 * minute);
    expect([ask(), ask(), ask()]).toEqual(['/data', '/', undefined]);
  });

  it('learns nothing from an answer to what was asked for the rule as it was before', () => {
    const bench = new Bench({ forecast: { withinDays: 3, overDays: 7 } });
    bench.memory(70);
    const question = bench.question();
    if (question === null) throw new Error('nothing is asked');
    bench.configure({ forecast: { withinDays: 3, overDays: 2 } });
    const at = Array.from({ length: 168 }, (_, index) => bench.now - (168 - index) * hour);
    bench.learn(
      question,
      at,
      at.map((_, index) => 42 + index / 6),
    );
    expect(bench.memory(70).take()).toEqual([]);
    expect(bench.question()?.query.from).toBe(bench.now - 2 * day);
  });

  it('takes for unusual what history does not know of this hour of the week', () => {
    const bench = new Bench({ baseline: { quantile: 0.99, weeks: 4, margin: 0.1 } });
    bench.memory(99);
    expect(bench.take()).toEqual([]);
    const question = bench.question();
    if (question === null) throw new Error('nothing is asked');
    const at = Array.from({ length: 4 * 168 * 4 }, (_, index) => bench.now - index * (hour / 4));
    bench.learn(
      question,
      at,
      at.map(() => 50),
    );
    expect(bench.memory(54).take()).toEqual([]);
    expect(bench.memory(56).take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')?.threshold).toBeCloseTo(55, 9);
  });

  it('tells the value that was furthest from what is usual, on either side', () => {
    const bench = new Bench({ comparison: 'outside', baseline: { quantile: 0.99, weeks: 4, margin: 0.1 } });
    bench.memory(50);
    const question = bench.question();
    if (question === null) throw new Error('nothing is asked');
    const at = Array.from({ length: 4 * 168 * 4 }, (_, index) => bench.now - index * (hour / 4));
    bench.learn(
      question,
      at,
      at.map(() => 50),
    );
    bench.memory(60).memory(10).memory(70).memory(56);
    expect(bench.alerts.get('a1')).toMatchObject({ firedValue: 60, worstValue: 10 });
  });
});

describe('two severities in one rule', () => {
  const two = { criticalThreshold: 95, cooldownSeconds: 600 };

  it('announces that it became critical, also in the cooldown, but that only once', () => {
    const bench = new Bench(two);
    for (const value of [90, 96, 90, 97, 50]) bench.memory(value);
    expect(bench.take()).toEqual([
      'a1 firing: violated_enough, announce first',
      'a1 firing: became_critical, announce more_severe',
      'a1 firing: no_longer_critical, hold less_severe',
      'a1 firing: became_critical, hold cooldown',
      'a1 resolved: back_within, announce recovery',
    ]);
    expect(bench.alerts.get('a1')).toMatchObject({ severity: 'critical', threshold: 95, worstValue: 97 });
  });

  it('tells after a pause that it became critical in it', () => {
    const bench = new Bench(two);
    bench.memory(90).pause(25 * second);
    for (const value of [96, 96, 96, 96]) bench.memory(value);
    expect(bench.take().slice(1)).toEqual([
      'a1 firing: became_critical, hold paused',
      'a1 firing: still_firing, announce more_severe',
    ]);
  });
});

describe('missing data', () => {
  const missed = { noData: { policy: 'alert', afterSeconds: 120 } } as const;

  it('is an alert after its time, by the clock alone, and over with the next sample', () => {
    const bench = new Bench(missed);
    bench.memory(50);
    expect(bench.wait(100 * second).take()).toEqual([]);
    expect(bench.wait(80 * second).take()).toEqual(['a1 firing: no_data, announce first']);
    expect(bench.alerts.get('a1')).toMatchObject({ cause: 'no_data', threshold: null, firedValue: null });
    bench.wait(hour).restart();
    expect(bench.take()).toEqual([]);
    bench.memory(90);
    expect(bench.take()).toEqual([
      'a1 resolved: data_back, announce recovery',
      'a2 firing: violated_enough, announce cooldown_over',
    ]);
  });

  it('is noticed of a series that never sent anything, after the time that a start is given', () => {
    const bench = new Bench(missed);
    expect(bench.wait(170 * second).take()).toEqual([]);
    expect(bench.wait(20 * second).take()).toEqual(['a1 firing: no_data, announce first']);
  });

  it('is not held against a source while this machine slept, whichever clock stood still', () => {
    for (const monotonicSleep of [0, 8 * hour]) {
      const bench = new Bench(missed);
      bench.memory(50);
      bench.now += 8 * hour;
      bench.monotonic += monotonicSleep;
      expect(bench.wait(minute).take()).toEqual([]);
      bench.memory(50);
      expect(bench.wait(minute).take()).toEqual([]);
    }
  });

  it('is no silence at the slow pace that the settings allow', () => {
    const soon = { noData: { policy: 'alert', afterSeconds: 10 } } as const;
    const sources = [{ name: 'memory', kind: 'memory' }];
    const noticed = (monitoring: Partial<Settings['monitoring']>) => {
      const bench = new Bench();
      bench.set({ sources, monitoring }, soon);
      bench.wait(2 * minute).take();
      for (let time = 0; time < 4; time++) bench.memory(50).wait(5 * second);
      bench.memory(50).wait(30 * second);
      return bench.take().length;
    };
    expect(noticed({})).toBe(2);
    expect(noticed({ slowerOnBattery: false, slowerUnwatched: true })).toBe(2);
    expect(noticed({ slowerOnBattery: false })).toBeGreaterThan(2);
  });

  it('is the same however the clock is set meanwhile', () => {
    const runs = [0, -hour, hour].map((jump) => {
      const bench = new Bench(missed);
      bench.memory(50).memory(50);
      bench.now += jump;
      bench.memory(50);
      bench.wait(10 * minute);
      return bench.take().length;
    });
    expect(runs).toEqual([1, 1, 1]);
  });

  it('ends what fires where the rule says so, and leaves it firing otherwise', () => {
    const ends = new Bench({ noData: { policy: 'resolve', afterSeconds: 60 } });
    const stays = new Bench(missed);
    for (const bench of [ends, stays]) bench.memory(90).wait(5 * minute);
    expect(ends.take().at(-1)).toBe('a1 resolved: resolved_without_data, announce recovery');
    expect(stays.take()).toEqual(['a1 firing: violated_enough, announce first']);
  });

  it('ends its alert when the rule no longer asks for it', () => {
    const bench = new Bench(missed);
    bench
      .memory(50)
      .wait(5 * minute)
      .take();
    bench.configure({});
    expect(bench.take()).toEqual(['a1 resolved: rule_changed, announce recovery']);
  });
});

describe('a source that fails', () => {
  const watchful = { onSourceError: { policy: 'alert', afterSeconds: 20 } } as const;
  const fail = (bench: Bench, times: number) => {
    for (let time = 0; time < times; time++) {
      bench.reading('memory', [], 'no answer');
      bench.wait(10 * second);
    }
  };

  it('is an alert of its own, never a violation, and over when it works', () => {
    const bench = new Bench(watchful);
    bench.wait(minute).memory(50);
    fail(bench, 2);
    expect(bench.take()).toEqual([]);
    fail(bench, 1);
    expect(bench.take()).toEqual(['a1 firing: source_error, announce first']);
    expect(bench.alerts.get('a1')).toMatchObject({
      cause: 'source_error',
      worstValue: null,
      since: bench.now - 30 * second,
    });
    expect(bench.memory(50).take()).toEqual(['a1 resolved: source_back, announce recovery']);
  });

  it('is one alert for a rule over many series', () => {
    const bench = new Bench({ ...onMounts, ...watchful, labels: { mount: '*' } });
    bench.wait(minute);
    bench.mounts({ '/': 90, '/data': 50 });
    bench.take();
    for (let time = 0; time < 4; time++) {
      bench.reading('mounts', [], 'no answer');
      bench.wait(10 * second);
    }
    expect(bench.take()).toEqual(['a2 firing: source_error, announce first']);
    bench.restart();
    bench.mounts({ '/': 90, '/data': 50 });
    expect(bench.take()).toEqual(['a2 resolved: source_back, announce recovery']);
    expect(bench.firing).toEqual(['/']);
  });

  it('is not missed as a series of its own by a rule over many', () => {
    const missed = { noData: { policy: 'alert', afterSeconds: 60 } } as const;
    const bench = new Bench({ ...onMounts, ...watchful, ...missed, labels: { mount: '*' } });
    bench.wait(minute);
    const answer = (times: number) => {
      for (let time = 0; time < times; time++) bench.mounts({ '/': 50 });
    };
    answer(1);
    bench.reading('mounts', [], 'no answer');
    answer(30);
    expect(bench.take()).toEqual([]);
    for (let time = 0; time < 4; time++) {
      bench.reading('mounts', [], 'no answer');
      bench.wait(10 * second);
    }
    answer(30);
    expect(bench.take()).toEqual([
      'a1 firing: source_error, announce first',
      'a1 resolved: source_back, announce recovery',
    ]);
  });

  it('keeps its cooldown while it works and fails by turns, and is forgotten after that', () => {
    const bench = new Bench({ ...onMounts, ...watchful, labels: { mount: '*' } });
    bench.wait(minute);
    for (let turn = 0; turn < 2; turn++) {
      for (let time = 0; time < 4; time++) {
        bench.reading('mounts', [], 'no answer');
        bench.wait(10 * second);
      }
      bench.mounts({ '/': 50 });
    }
    expect(bench.take().map((move) => move.split(', ')[1])).toEqual([
      ...['announce first', 'announce recovery', 'hold cooldown', 'hold firing_not_announced'],
    ]);
    expect(bench.tracks.size).toBe(1);
    for (let time = 0; time < 60; time++) bench.mounts({ '/': 50 });
    expect(bench.tracks.size).toBe(0);
  });

  it('is over for a rule whose metric is back, although others still fail', () => {
    const bench = new Bench({ ...onMounts, ...watchful, labels: { mount: '*' } });
    bench.wait(minute);
    const part = (metric: string) => {
      bench.reading('mounts', [{ metric, labels: { mount: '/' }, value: 50 }], 'one did not answer');
      bench.wait(10 * second);
    };
    for (let time = 0; time < 3; time++) part('mount_inodes_percent');
    part('mount_percent');
    expect(bench.take()).toEqual([
      'a1 firing: source_error, announce first',
      'a1 resolved: source_back, announce recovery',
    ]);
    // It has failed all the while, but to send this metric only from here on.
    for (let time = 0; time < 60; time++) part('mount_percent');
    const missingSince = bench.now - 10 * second;
    part('mount_inodes_percent');
    expect(bench.take()).toEqual([]);
    part('mount_inodes_percent');
    expect(bench.take()).toEqual(['a2 firing: source_error, announce first']);
    expect(bench.alerts.get('a2')?.since).toBe(missingSince);
  });

  it('begins to fail anew when it was not sampled meanwhile, or is set otherwise', () => {
    const off = { sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 10, enabled: false }] };
    const other = { sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 11 }] };
    for (const meanwhile of [off, other]) {
      const bench = new Bench(watchful);
      bench.wait(minute);
      fail(bench, 2);
      bench.set(meanwhile, watchful);
      bench.wait(2 * hour);
      bench.configure(watchful);
      fail(bench, 2);
      expect(bench.take()).toEqual([]);
      fail(bench, 1);
      expect(bench.alerts.get('a1')?.since).toBe(bench.now - 30 * second);
    }
  });

  it('says nothing where the rule does not ask', () => {
    const bench = new Bench({});
    bench.wait(minute).memory(50);
    fail(bench, 50);
    expect(bench.take()).toEqual([]);
  });
});

it('sees that a value changed while Plimsoll was not running', () => {
  const bench = new Bench({ comparison: 'changed', threshold: undefined });
  bench.memory(5).memory(5).restart();
  bench.memory(6).memory(6);
  expect(bench.take()).toEqual([
    'a1 firing: violated_enough, announce first',
    'a1 resolved: back_within, announce recovery',
  ]);
});
