import fc from 'fast-check';
import { expect, it } from 'vitest';
import { comparisonSchema } from '../contract/rule.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { secretsOf } from '../testing/surroundings.ts';
import { playRule, sampleSources } from './self-test.ts';
import { parseSettings } from './settings/schema.ts';
import { starterSettings } from './settings/starter.ts';

const [example] = starterSettings().rules;
if (example === undefined) throw new Error('the starter settings have rules');

it('every rule that the settings allow fires at its count and ends with the first value within', () => {
  const exact = fc
    .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }))
    .map((value) => value + 0);
  const rules = fc.record({
    comparison: fc.constantFrom(...comparisonSchema.options),
    threshold: exact,
    tolerance: fc.option(fc.double({ noNaN: true, min: 0, max: 1000 }), { nil: undefined }),
    consecutiveViolations: fc.integer({ min: 1, max: 20 }),
    width: fc.integer({ min: 1, max: 1000 }),
    forSeconds: fc.option(fc.integer({ min: 0, max: 7200 }), { nil: undefined }),
    violationsOf: fc.option(fc.integer({ min: 20, max: 40 }), { nil: undefined }),
    clearAfterSeconds: fc.option(fc.integer({ min: 0, max: 7200 }), { nil: undefined }),
    recovers: fc.boolean(),
  });
  fc.assert(
    fc.property(rules, ({ width, recovers, ...change }) => {
      const { comparison, threshold, violationsOf } = change;
      const direction = { greater_than: 1, greater_or_equal: 1, less_than: -1, less_or_equal: -1 }[
        comparison as string
      ];
      const steps = playRule({
        ...example,
        ...change,
        upperThreshold: threshold + Math.max(width, Math.abs(threshold) * 1e-3),
        ...(violationsOf !== undefined && { forSeconds: undefined }),
        ...(recovers && direction !== undefined && { recoveryThreshold: threshold - direction * width }),
      });
      expect(steps.filter(({ expected, got }) => expected !== got)).toEqual([]);
      expect(steps.filter(({ got }) => got !== 'nothing').map(({ got }) => got)).toEqual([
        'fires',
        'resolves',
      ]);
    }),
  );
});

it('samples what is enabled for real, and a failure is in its reading', async () => {
  const settings = parseSettings({
    version: 1,
    sources: [
      { name: 'memory', kind: 'memory' },
      { name: 'off', kind: 'memory', enabled: false },
      { name: 'gone', kind: 'disk', path: '/nonexistent/volume' },
    ],
  });
  const surroundings = { host: 'here', seconds: 1, clock: new HandClock(), directory: '/nowhere' };
  const readings = await sampleSources(settings, secretsOf(), surroundings);
  expect(readings.map(({ source, samples, error }) => [source, samples.length > 0, error !== null])).toEqual([
    ['memory', true, false],
    ['gone', false, true],
  ]);
});
