import { describe, expect, it } from 'vitest';
import { JudgeBench, onMounts } from '../../testing/judge-bench.ts';

const second = 1000;
const minute = 60_000;
const hour = 3_600_000;

describe('a source that fails', () => {
  const watchful = { onSourceError: { policy: 'alert', afterSeconds: 20 } } as const;
  const fail = (bench: JudgeBench, times: number) => {
    for (let time = 0; time < times; time++) {
      bench.reading('memory', [], 'no answer');
      bench.wait(10 * second);
    }
  };

  it('is an alert of its own, never a violation, and over when it works', () => {
    const bench = new JudgeBench(watchful);
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
    const bench = new JudgeBench({ ...onMounts, ...watchful, labels: { mount: '*' } });
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
    const bench = new JudgeBench({ ...onMounts, ...watchful, ...missed, labels: { mount: '*' } });
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
    const bench = new JudgeBench({ ...onMounts, ...watchful, labels: { mount: '*' } });
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
    const bench = new JudgeBench({ ...onMounts, ...watchful, labels: { mount: '*' } });
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
      const bench = new JudgeBench(watchful);
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
    const bench = new JudgeBench({});
    bench.wait(minute).memory(50);
    fail(bench, 50);
    expect(bench.take()).toEqual([]);
  });
});
