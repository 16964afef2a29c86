import { expect, test } from 'vitest';
import { cooldownOf, cooldownSeconds } from './rule-cooldown.ts';

test('a cooldown is said in the unit that needs no fraction, and comes back the same', () => {
  const said = [0, 1, 30, 60, 90, 600, 3600, 5400, 86_400, 604_800].map((seconds) => {
    const { cooldown, cooldownUnit } = cooldownOf(seconds);
    expect(cooldownSeconds(cooldown, cooldownUnit)).toBe(seconds);
    return `${cooldown} ${cooldownUnit}`;
  });
  expect(said).toEqual([
    '0 minutes',
    '1 seconds',
    '30 seconds',
    '1 minutes',
    '90 seconds',
    '10 minutes',
    '1 hours',
    '90 minutes',
    '24 hours',
    '168 hours',
  ]);
});

test('only whole seconds up to a week are a cooldown', () => {
  expect(cooldownSeconds(0.7, 'minutes')).toBe(42);
  expect(cooldownSeconds(1.5, 'hours')).toBe(5400);
  const wrong = [
    [0.5, 'seconds'],
    [-1, 'minutes'],
    [168.1, 'hours'],
    [null, 'minutes'],
  ] as const;
  expect(wrong.map(([cooldown, unit]) => cooldownSeconds(cooldown, unit))).toEqual([null, null, null, null]);
});
