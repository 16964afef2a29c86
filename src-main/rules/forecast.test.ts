import { describe, expect, it } from 'vitest';
import { projected, trendPerDay } from './forecast.ts';

const hourMs = 3_600_000;
/** A generator of its own, so that a failure can be seen again. */
function noise(seed: number) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
}
function past(hours: number, value: (hour: number) => number) {
  const at = Array.from({ length: hours }, (_, hour) => hour * hourMs);
  return { at, values: at.map((_, hour) => value(hour)) };
}

describe('the trend', () => {
  it('is the slope of a disk that fills, whatever is cleaned up or spikes in between', () => {
    const random = noise(7);
    const filling = (hour: number) => 60 + hour / 12 + random();
    expect(trendPerDay(past(168, filling), 7)).toBeCloseTo(2, 1);
    const withSpikes = past(168, (hour) => (hour % 5 === 0 ? 99 : filling(hour)));
    expect(trendPerDay(withSpikes, 7)).toBeGreaterThan(1.5);
    expect(trendPerDay(withSpikes, 7)).toBeLessThan(2.5);
  });

  it('is none where it is flat, and leads down where it shrinks', () => {
    for (const seed of [1, 2, 3, 5, 8]) {
      const random = noise(seed);
      expect(
        trendPerDay(
          past(168, () => 80 + 4 * random()),
          7,
        ),
      ).toBe(0);
    }
    expect(
      trendPerDay(
        past(168, () => 80),
        7,
      ),
    ).toBe(0);
    expect(
      trendPerDay(
        past(168, (hour) => 80 - hour / 24),
        7,
      ),
    ).toBeCloseTo(-1, 6);
  });

  it('is not known from too little', () => {
    expect(
      trendPerDay(
        past(11, (hour) => hour),
        0.5,
      ),
    ).toBeNaN();
    expect(
      trendPerDay(
        past(24, (hour) => hour),
        7,
      ),
    ).toBeNaN();
    expect(trendPerDay({ at: [], values: [] }, 7)).toBeNaN();
  });

  it('comes from a year of points in a moment', () => {
    const begun = performance.now();
    expect(
      trendPerDay(
        past(8760, (hour) => hour / 24),
        90,
      ),
    ).toBeCloseTo(1, 6);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('the forecast', () => {
  const rule = { comparison: 'greater_than', forecast: { withinDays: 3, overDays: 7 } } as const;

  it('is where the value will be, and the value itself where nothing leads to the line', () => {
    expect(projected(rule, 85, 2)).toBe(91);
    expect(projected(rule, 85, 0)).toBe(85);
    expect(projected(rule, 85, -2)).toBe(85);
    expect(projected({ ...rule, comparison: 'less_than' }, 15, -2)).toBe(9);
    expect(projected({ ...rule, comparison: 'less_than' }, 15, 2)).toBe(15);
  });

  it('is not known while the trend is not', () => {
    expect(projected(rule, 85, NaN)).toBeNaN();
  });
});
