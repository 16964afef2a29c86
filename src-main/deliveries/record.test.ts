import { describe, expect, it } from 'vitest';
import { exampleContext } from '../testing/example-context.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { recordOf } from './record.ts';

describe('recordOf', () => {
  it("has S0's fields under S0's names, and ours beside them", () => {
    expect(recordOf(exampleMessage())).toEqual({
      timestamp: '2026-01-05T12:00:00.123Z',
      data_source: 'cpu_usage',
      metric_name: 'cpu_percent',
      value: 91.5,
      threshold_violated: true,
      threshold_value: 80,
      id: '0a1b2c3d-0000-4000-8000-000000000001',
      alert_id: 'alert-1',
      event: 'firing',
      reason: 'violated_enough',
      host: 'anchor',
      labels: {},
      severity: 'warning',
      metadata: {
        rule: {
          data_source: 'cpu_usage',
          metric_name: 'cpu_percent',
          threshold_type: 'greater_than',
          threshold_value: 80,
          consecutive_violations: 2,
          enabled: true,
          id: 'cpu-high',
          name: 'CPU above 80 %',
          severity: 'warning',
          cooldown_seconds: 600,
        },
        all_metrics: { cpu_percent: 91.5, 'cpu_percent{core="0"}': 100 },
        data_source_config: { name: 'cpu_usage', type: 'cpu', interval: 5, enabled: true, per_core: true },
      },
    });
  });

  it('carries what was going on when it fired, and nothing where nobody knows', () => {
    const { context } = recordOf(exampleMessage({ context: exampleContext() })).metadata;
    expect(context).toEqual({
      at: '2026-01-05T12:00:00.123Z',
      rule: 'CPU (cpu_usage) above 80 % for 2 samples in a row → warning',
      values: [
        { at: '2026-01-05T11:59:55.123Z', value: 88 },
        { at: '2026-01-05T12:00:00.123Z', value: 91.5 },
      ],
      top_programs: {
        at: '2026-01-05T11:59:59.123Z',
        by_cpu: [
          {
            program: 'rustc',
            cpu_percent: 310,
            memory_bytes: 2_400_000_000,
            before: { at: '2026-01-05T11:50:00.123Z', cpu_percent: 4, memory_bytes: 500_000_000 },
          },
          { program: 'chrome', cpu_percent: 22, memory_bytes: null, before: null },
        ],
      },
      other_metrics: [
        {
          data_source: 'memory',
          metric_name: 'memory_percent',
          labels: {},
          unit: 'percent',
          value: 92,
          usual: { low: 40, high: 61.5 },
          is_unusual: true,
        },
        { data_source: 'cpu_usage', metric_name: 'load_1', labels: {}, unit: 'none', value: 7.5 },
      ],
      host: {
        on_battery: true,
        battery_percent: 41,
        resumed: { at: '2026-01-05T11:58:00.123Z', slept_seconds: 28_800 },
        load: { averages: [7.5, 4, 2], processors: 4 },
      },
    });
    expect(recordOf(exampleMessage()).metadata).not.toHaveProperty('context');
  });

  it('tells of data that does not come, which violates nothing', () => {
    const silent = { cause: 'no_data', threshold: null, firedValue: null, worstValue: null } as const;
    const record = recordOf(
      exampleMessage({ alert: silent, transition: { reason: 'no_data', value: null } }),
    );
    expect(record).toMatchObject({
      ...{ event: 'firing', reason: 'no_data', cause: 'no_data', value: null },
      ...{ threshold_violated: false, threshold_value: null },
    });
  });

  it("adds what else a rule says, in S0's spelling", () => {
    const message = exampleMessage();
    const rule = { ...message.rule, forSeconds: 300, noData: { policy: 'alert' as const, afterSeconds: 60 } };
    expect(recordOf({ ...message, rule }).metadata.rule).toEqual({
      ...recordOf(message).metadata.rule,
      for_seconds: 300,
      no_data: { policy: 'alert', afterSeconds: 60 },
    });
  });

  it('tells of the end: nothing is violated any more, how long it took, how bad it was', () => {
    const firedAt = Date.UTC(2026, 0, 5, 12);
    const message = exampleMessage({
      alert: { state: 'resolved', firedAt, resolvedAt: firedAt + 90_500, worstValue: 99 },
      transition: {
        from: 'firing',
        to: 'resolved',
        reason: 'rule_removed',
        value: null,
        at: firedAt + 90_500,
      },
    });
    expect(recordOf(message)).toMatchObject({
      timestamp: '2026-01-05T12:01:30.500Z',
      value: null,
      threshold_violated: false,
      event: 'resolved',
      reason: 'rule_removed',
      duration_seconds: 90.5,
      worst_value: 99,
    });
  });

  it('says of a test that it is one', () => {
    expect(recordOf(exampleMessage({ test: true }))).toMatchObject({ test: true, event: 'firing' });
    expect(recordOf(exampleMessage())).not.toHaveProperty('test');
  });

  it('writes labels in one order, quoted, and leaves what belongs to the owner as it is spelt', () => {
    const message = exampleMessage({
      measurements: [
        { metric: 'disk_percent', labels: { mount: '/a "b"\\\n', device: 'x' }, value: -0.5 },
        { metric: '__proto__', labels: {}, value: 1 },
      ],
      source: {
        name: 'api',
        kind: 'http',
        enabled: true,
        requestHeaders: { 'X-Trace': '1', camelCase: '2' },
      },
    });
    const { all_metrics, data_source_config } = recordOf(message).metadata;
    expect(Object.entries(all_metrics)).toEqual([
      ['disk_percent{device="x",mount="/a \\"b\\"\\\\\\n"}', -0.5],
      ['__proto__', 1],
    ]);
    expect(data_source_config).toEqual({
      name: 'api',
      type: 'http',
      enabled: true,
      request_headers: { 'X-Trace': '1', camelCase: '2' },
    });
  });
});
