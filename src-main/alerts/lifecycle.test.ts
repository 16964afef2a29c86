import { describe, expect, it } from 'vitest';
import type { Rule } from '../contract/rule.ts';
import { announceFiring } from './announce.ts';
import { announceLate, fire, resolve } from './lifecycle.ts';

const rule: Rule = {
  id: 'cpu-high',
  name: 'CPU above 80 %',
  enabled: true,
  source: 'cpu',
  metric: 'cpu_percent',
  comparison: 'greater_than',
  threshold: 80,
  consecutiveViolations: 2,
  severity: 'warning',
  cooldownSeconds: 600,
};
const minute = 60_000;
const series = { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {} };
const firing = (lastAnnouncedAt: number | null, now: number) =>
  fire({ id: 'a1', rule, series, since: 0, worst: 91, value: 85, at: now, lastAnnouncedAt, now });

describe('the lifecycle of an alert', () => {
  it('announces the first firing and its recovery', () => {
    const { alert, transition } = firing(null, 5 * minute);
    expect(transition).toMatchObject({
      to: 'firing',
      announcement: { decision: 'announce', reason: 'first' },
    });
    expect(alert).toMatchObject({
      state: 'firing',
      since: 0,
      firedValue: 85,
      worstValue: 91,
      announced: true,
    });
    expect(resolve(alert, 'back_within', 6 * minute, 40)).toMatchObject({
      alert: { state: 'resolved', resolvedAt: 6 * minute, lastValue: 40 },
      transition: {
        from: 'firing',
        to: 'resolved',
        announcement: { decision: 'announce', reason: 'recovery' },
      },
    });
  });

  it('records a firing inside the cooldown without announcing it or its recovery', () => {
    const { alert, transition } = firing(0, 9 * minute);
    expect(transition.announcement).toEqual({ decision: 'hold', reason: 'cooldown', until: 10 * minute });
    expect(resolve(alert, 'back_within', 9.5 * minute, 40).transition.announcement).toEqual({
      decision: 'hold',
      reason: 'firing_not_announced',
    });
  });

  it('announces a held firing once the cooldown is over, if it still fires', () => {
    const { alert } = firing(0, 9 * minute);
    expect(announceLate(alert, rule, 9.9 * minute, 0, 9.9 * minute)).toBeNull();
    const late = announceLate(alert, rule, 10 * minute, 0, 10 * minute);
    expect(late).toMatchObject({
      alert: { announced: true, state: 'firing' },
      transition: {
        from: 'firing',
        to: 'firing',
        reason: 'still_firing',
        announcement: { reason: 'cooldown_over' },
      },
    });
    expect(announceLate(late?.alert ?? alert, rule, 11 * minute, 10 * minute, 11 * minute)).toBeNull();
  });

  it('is not silenced by a clock that was set back', () => {
    expect(announceFiring(rule, 100 * minute, 50 * minute).decision).toBe('announce');
  });
});
