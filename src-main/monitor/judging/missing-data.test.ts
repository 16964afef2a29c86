import { describe, expect, it } from 'vitest';
import type { Settings } from '../../contract/settings.ts';
import { JudgeBench } from '../../testing/judge-bench.ts';

const second = 1000;
const minute = 60_000;
const hour = 3_600_000;

describe('missing data', () => {
  const missed = { noData: { policy: 'alert', afterSeconds: 120 } } as const;

  it('is an alert after its time, by the clock alone, and over with the next sample', () => {
    const bench = new JudgeBench(missed);
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
    const bench = new JudgeBench(missed);
    expect(bench.wait(170 * second).take()).toEqual([]);
    expect(bench.wait(20 * second).take()).toEqual(['a1 firing: no_data, announce first']);
  });

  it('is not held against a source while this machine slept, whichever clock stood still', () => {
    for (const monotonicSleep of [0, 8 * hour]) {
      const bench = new JudgeBench(missed);
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
      const bench = new JudgeBench();
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
      const bench = new JudgeBench(missed);
      bench.memory(50).memory(50);
      bench.now += jump;
      bench.memory(50);
      bench.wait(10 * minute);
      return bench.take().length;
    });
    expect(runs).toEqual([1, 1, 1]);
  });

  it('ends what fires where the rule says so, and leaves it firing otherwise', () => {
    const ends = new JudgeBench({ noData: { policy: 'resolve', afterSeconds: 60 } });
    const stays = new JudgeBench(missed);
    for (const bench of [ends, stays]) bench.memory(90).wait(5 * minute);
    expect(ends.take().at(-1)).toBe('a1 resolved: resolved_without_data, announce recovery');
    expect(stays.take()).toEqual(['a1 firing: violated_enough, announce first']);
  });

  it('ends its alert when the rule no longer asks for it', () => {
    const bench = new JudgeBench(missed);
    bench
      .memory(50)
      .wait(5 * minute)
      .take();
    bench.configure({});
    expect(bench.take()).toEqual(['a1 resolved: rule_changed, announce recovery']);
  });
});
