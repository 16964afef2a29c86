import { describe, expect, it } from 'vitest';
import { JudgeBench, onMounts } from '../../testing/judge-bench.ts';

const second = 1000;
const hour = 3_600_000;

describe('a rule over many series', () => {
  it('has an alert and a state for each series that fits, also over a restart', () => {
    const bench = new JudgeBench({ ...onMounts, consecutiveViolations: 2, labels: { mount: '!/boot' } });
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
    const bench = new JudgeBench({ ...onMounts, labels: { mount: '*' } }, onMounts);
    const { judged } = bench.reading('mounts', [
      { metric: 'mount_percent', labels: {}, value: 50 },
      { metric: 'mount_percent', labels: { mount: '/' }, value: 50 },
    ]);
    expect(judged.map(({ ruleId, series }) => [ruleId, series.labels])).toEqual([
      ['r1', {}],
      ['r0', { mount: '/' }],
    ]);
  });

  it('watches the hosts that are named', () => {
    const elsewhere = new JudgeBench({ hosts: ['web-*'] });
    expect(elsewhere.memory(90).take()).toEqual([]);
    expect(new JudgeBench({ hosts: ['b?x'] }).memory(90).take()).toHaveLength(1);
  });

  it('ends what is no longer asked for when its labels are changed', () => {
    const bench = new JudgeBench({ ...onMounts, labels: { mount: '*' } });
    bench.mounts({ '/': 90, '/data': 90 });
    bench.take();
    bench.configure({ ...onMounts, labels: { mount: '/data' } });
    expect(bench.take()).toEqual(['a1 / resolved: rule_changed, announce recovery']);
    expect(bench.firing).toEqual(['/data']);
  });

  it('begins a row anew when it asked for some of the last samples before', () => {
    const bench = new JudgeBench({ consecutiveViolations: 3, violationsOf: 10 });
    bench.memory(90).memory(50).memory(90).memory(50);
    bench.configure({ consecutiveViolations: 3 });
    expect(bench.memory(90).take()).toEqual([]);
    expect(bench.memory(90).memory(90).take()).toEqual(['a1 firing: violated_enough, announce first']);
  });

  it('lets go of a series that is gone while its source goes on, and not of one whose source is silent', () => {
    const bench = new JudgeBench({ ...onMounts, labels: { mount: '*' } });
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
