import { describe, expect, it } from 'vitest';
import { JudgeBench, onMounts } from '../../testing/judge-bench.ts';

const second = 1000;
const minute = 60_000;

describe('what a rule makes of samples', () => {
  it('judges a window only when it is filled, and goes on firing while it fills after a restart', () => {
    const bench = new JudgeBench({ window: { function: 'avg', seconds: 60 } });
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
    const bench = new JudgeBench({ expression: 'memory_used / memory_total * 100' });
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
    const bench = new JudgeBench({
      window: { function: 'max', seconds: 60 },
      expression: 'value / memory_total',
    });
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
    const bench = new JudgeBench({ ...onMounts, labels: { mount: '*' }, all: [other] });
    const sample = (metric: string, mount: string, value: number) => ({ metric, labels: { mount }, value });
    bench.reading('mounts', [
      ...[sample('mount_percent', '/', 90), sample('mount_inodes_percent', '/', 60)],
      ...[sample('mount_percent', '/data', 90), sample('mount_inodes_percent', '/data', 10)],
    ]);
    expect(bench.firing).toEqual(['/']);

    const across = new JudgeBench({
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

  it('sees that a value changed while Plimsoll was not running', () => {
    const bench = new JudgeBench({ comparison: 'changed', threshold: undefined });
    bench.memory(5).memory(5).restart();
    bench.memory(6).memory(6);
    expect(bench.take()).toEqual([
      'a1 firing: violated_enough, announce first',
      'a1 resolved: back_within, announce recovery',
    ]);
  });
});

describe('two severities in one rule', () => {
  const two = { criticalThreshold: 95, cooldownSeconds: 600 };

  it('announces that it became critical, also in the cooldown, but that only once', () => {
    const bench = new JudgeBench(two);
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
    const bench = new JudgeBench(two);
    bench.memory(90).pause(25 * second);
    for (const value of [96, 96, 96, 96]) bench.memory(value);
    expect(bench.take().slice(1)).toEqual([
      'a1 firing: became_critical, hold paused',
      'a1 firing: still_firing, announce more_severe',
    ]);
  });
});
