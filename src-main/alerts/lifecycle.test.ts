import { describe, expect, it } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Silence } from './announce.ts';
import { announceLate, announceOwedRecovery, fire, heldOn, resolve } from './lifecycle.ts';

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
const pauseAt = (now: number, until: number | null): Silence | null =>
  until !== null && now < until ? { reason: 'paused', until } : null;
const circumstances = (lastAnnouncedAt: number | null, now: number, pausedUntil: number | null = null) => ({
  announcedAgoMs: lastAnnouncedAt === null ? null : now - lastAnnouncedAt,
  silence: pauseAt(now, pausedUntil),
  now,
});
const firing = (lastAnnouncedAt: number | null, now: number, pausedUntil: number | null = null) =>
  fire(
    {
      ...{ id: 'a1', rule, series, tags: [], reason: 'violated_enough', cause: 'violation', critical: false },
      ...{ threshold: 80, since: 0, worst: 91, value: 85, at: now },
    },
    circumstances(lastAnnouncedAt, now, pausedUntil),
  );
const resolved = (alert: Alert, now: number, pausedUntil: number | null = null) =>
  resolve(alert, 'back_within', now, 40, pauseAt(now, pausedUntil));
const late = (alert: Alert, lastAnnouncedAt: number | null, now: number, pausedUntil: number | null = null) =>
  announceLate(alert, rule, now, circumstances(lastAnnouncedAt, now, pausedUntil));

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
    expect(resolved(alert, 6 * minute)).toMatchObject({
      alert: { state: 'resolved', resolvedAt: 6 * minute, lastValue: 40, recoveryOwed: false },
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
    expect(resolved(alert, 9.5 * minute).transition.announcement).toEqual({
      decision: 'hold',
      reason: 'firing_not_announced',
    });
  });

  it('announces a held firing once the cooldown is over, if it still fires', () => {
    const { alert } = firing(0, 9 * minute);
    expect(late(alert, 0, 9.9 * minute)).toBeNull();
    const announced = late(alert, 0, 10 * minute);
    expect(announced).toMatchObject({
      alert: { announced: true, state: 'firing' },
      transition: {
        from: 'firing',
        to: 'firing',
        reason: 'still_firing',
        announcement: { reason: 'cooldown_over' },
      },
    });
    expect(late(announced?.alert ?? alert, 10 * minute, 11 * minute)).toBeNull();
  });

  it('holds a firing in a pause, and announces it when the pause is over', () => {
    const { alert, transition } = firing(null, 5 * minute, 30 * minute);
    expect(transition.announcement).toEqual({ decision: 'hold', reason: 'paused', until: 30 * minute });
    expect(late(alert, null, 29 * minute, 30 * minute)).toBeNull();
    expect(late(alert, null, 30 * minute, 30 * minute)).toMatchObject({
      alert: { announced: true },
      transition: { reason: 'still_firing', announcement: { decision: 'announce', reason: 'pause_over' } },
    });
  });

  it('is announced at the end of the last silence, which is named', () => {
    const { alert } = firing(null, 5 * minute, 30 * minute);
    const held = heldOn(alert, { reason: 'downtime', until: null });
    const over = late(heldOn(held, null), null, 90 * minute);
    expect(over?.transition.announcement).toEqual({ decision: 'announce', reason: 'downtime_over' });
    expect(over?.alert).not.toHaveProperty('silencedBy');
  });

  it('owes the recovery that fell into a pause to whoever was told of the firing, and to nobody else', () => {
    const told = resolved(firing(null, minute).alert, 5 * minute, 30 * minute);
    expect(told).toMatchObject({
      alert: { recoveryOwed: true },
      transition: { announcement: { decision: 'hold', reason: 'paused', until: 30 * minute } },
    });
    expect(announceOwedRecovery(told.alert, 30 * minute)).toMatchObject({
      alert: { recoveryOwed: false, state: 'resolved' },
      transition: { from: 'resolved', reason: 'still_resolved', announcement: { reason: 'recovery' } },
    });
    expect(
      resolved(firing(null, 4 * minute, 30 * minute).alert, 5 * minute, 30 * minute).alert.recoveryOwed,
    ).toBe(false);
  });

  it('is quiet while it is snoozed, and then announced again if it still fires', () => {
    const snoozed: Alert = { ...firing(null, minute).alert, snoozedUntil: 20 * minute };
    expect(late(snoozed, minute, 19 * minute)).toBeNull();
    expect(late(snoozed, minute, 20 * minute, 40 * minute)).toBeNull();
    expect(late(snoozed, minute, 20 * minute)).toMatchObject({
      alert: { snoozedUntil: null },
      transition: { reason: 'still_firing', announcement: { decision: 'announce', reason: 'snooze_over' } },
    });
    expect(resolved(snoozed, 3 * minute)).toMatchObject({
      alert: { snoozedUntil: null },
      transition: { announcement: { decision: 'announce', reason: 'recovery' } },
    });
  });
});
