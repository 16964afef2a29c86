import { expect, test } from 'vitest';
import type { Sample } from '../../contract/sample.ts';
import { HostWatch } from './host-watch.ts';

const now = Date.UTC(2026, 0, 5, 12);
const minuteMs = 60_000;
const of = (metric: string, value: number, at = now): Sample => ({
  host: 'box',
  source: 'battery',
  metric,
  labels: {},
  value,
  at,
});

function watch(more: Partial<ConstructorParameters<typeof HostWatch>[0]> = {}) {
  return new HostWatch({
    startedAt: now - 3600 * minuteMs,
    uptime: () => 86_400_000,
    load: () => ({ averages: [0, 0, 0], processors: 4 }),
    latest: () => [],
    isBattery: (source) => source === 'battery',
    ...more,
  });
}

test('nothing is said of a machine that is as always, and nothing is 0 that is not known', () => {
  expect(watch().state(now)).toEqual({});
});

test('battery, sleep, starts and load are told while they are news', () => {
  let uptimeMs = 10 * minuteMs;
  const machine = watch({
    startedAt: now - 9 * minuteMs,
    uptime: () => uptimeMs,
    load: () => ({ averages: [3.14159, 2, 1], processors: 8 }),
    latest: () => [of('on_ac', 0), of('battery_percent', 41)],
  });
  machine.noteLost({ at: now - 5 * minuteMs, cause: 'clock_set', ms: 9 });
  machine.noteLost({ at: now - 2 * minuteMs, cause: 'slept', ms: 8 * 60 * minuteMs });
  machine.noteLost({ at: now - minuteMs, cause: 'stood_still', ms: 40_000 });
  expect(machine.state(now)).toEqual({
    onBattery: true,
    batteryPercent: 41,
    resumed: { at: now - 2 * minuteMs, sleptMs: 8 * 60 * minuteMs },
    bootedAt: now - 10 * minuteMs,
    plimsollStartedAt: now - 9 * minuteMs,
    load: { averages: [3.14, 2, 1], processors: 8 },
  });
  uptimeMs += 20 * minuteMs;
  expect(machine.state(now + 20 * minuteMs)).toEqual({ load: { averages: [3.14, 2, 1], processors: 8 } });
});
