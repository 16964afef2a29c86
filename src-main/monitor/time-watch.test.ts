import { expect, test } from 'vitest';
import type { TimeLost } from '../contract/event.ts';
import { TimeWatch } from './time-watch.ts';

const hour = 3_600_000;

/** A machine with its three clocks, and what was found out about them. */
function machine() {
  const clocks = { wall: Date.UTC(2026, 0, 5), monotonic: 500, uptime: 90_000_000 };
  const lost: Omit<TimeLost, 'at'>[] = [];
  const watch = new TimeWatch({
    clock: {
      now: () => clocks.wall,
      monotonic: () => clocks.monotonic,
      after: () => () => undefined,
    },
    uptime: () => clocks.uptime,
    onLost: ({ cause, ms }) => lost.push({ cause, ms }),
  });
  const pass = (ms: Partial<typeof clocks>) => {
    for (const [clock, passed] of Object.entries(ms)) clocks[clock as keyof typeof clocks] += passed;
    watch.look();
  };
  const run = (ms: number) => pass({ wall: ms, monotonic: ms, uptime: ms });
  return { lost, pass, run };
}

test('a day of ordinary looks, with a clock that is corrected by a hundredth each time, is no event', () => {
  const { lost, pass } = machine();
  for (let look = 0; look < 8640; look++) pass({ wall: 10_100, monotonic: 10_000, uptime: 10_000 });
  expect(lost).toEqual([]);
});

test('sleep: the wall clock and the uptime went on, the monotonic clock did not', () => {
  const { lost, pass, run } = machine();
  run(10_000);
  pass({ wall: 8 * hour + 4000, uptime: 8 * hour + 4000, monotonic: 4000 });
  run(10_000);
  expect(lost).toEqual([{ cause: 'slept', ms: 8 * hour }]);
});

test.each([[hour], [-hour], [-5000]])('a clock that was set by %d ms', (ms) => {
  const { lost, pass, run } = machine();
  pass({ wall: 3000 + ms, monotonic: 3000, uptime: 3000 });
  run(10_000);
  expect(lost).toEqual([{ cause: 'clock_set', ms }]);
});

test('a process that was stopped: all clocks went on, and nobody looked', () => {
  const { lost, run } = machine();
  run(8 * hour);
  run(10_000);
  expect(lost).toEqual([{ cause: 'stood_still', ms: 8 * hour }]);
});

test('sleep, and a clock that was set back before somebody looked', () => {
  const { lost, pass } = machine();
  pass({ wall: 2 * hour - 60_000, uptime: 2 * hour, monotonic: 0 });
  expect(lost).toEqual([
    { cause: 'slept', ms: 2 * hour },
    { cause: 'clock_set', ms: -60_000 },
  ]);
});
