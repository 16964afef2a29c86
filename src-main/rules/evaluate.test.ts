import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../contract/rule.ts';
import { violates } from './comparisons.ts';
import { evaluate, freshState } from './evaluate.ts';
import type { RuleState } from './evaluate.ts';

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

/** Feeds values five seconds apart (null: no sample at that tick) and returns the phases and moves seen. */
function feed(values: (number | null)[], over: Partial<Rule> = {}, from: RuleState = freshState) {
  let state = from;
  let lastTick: number | null = null;
  const moves: string[] = [];
  const phases = values.map((value, tick) => {
    if (value === null) return state.phase;
    const elapsedMs = lastTick === null ? null : (tick - lastTick) * 5000;
    lastTick = tick;
    const step = evaluate({ ...rule, ...over }, state, {
      value,
      at: tick * 5000,
      elapsedMs,
      intervalMs: 5000,
    });
    state = step.state;
    if (step.move) moves.push(`${tick}:${step.move.to}:${step.move.reason}`);
    return state.phase;
  });
  return { phases, moves, state };
}

describe('evaluate', () => {
  it('fires at the violation that completes the row, and resolves at the first sample within', () => {
    const { phases, moves } = feed([50, 81, 82, 90, 80, 50]);
    expect(phases).toEqual(['ok', 'pending', 'firing', 'firing', 'ok', 'ok']);
    expect(moves).toEqual(['2:firing:violated_enough', '4:resolved:back_within']);
  });

  it('begins the row anew after a sample within', () => {
    expect(feed([81, 50, 81, 50, 81]).moves).toEqual([]);
  });

  it('remembers when the row began and the worst value in it', () => {
    expect(feed([81, 95, 82]).state).toMatchObject({ since: 0, worst: 95, violations: 3, lastValue: 82 });
    expect(feed([19, 3, 12], { comparison: 'less_than', threshold: 20 }).state.worst).toBe(3);
  });

  it('lets a missing sample neither count nor reset', () => {
    expect(feed([81, null, null, 82]).moves).toEqual(['3:firing:violated_enough']);
  });

  it('begins the row anew after a silence longer than a minute, but keeps a firing alert firing', () => {
    const silence = Array<null>(13).fill(null);
    expect(feed([81, ...silence, 82]).phases.at(-1)).toBe('pending');
    expect(feed([81, 82, ...silence, 83]).phases.at(-1)).toBe('firing');
    expect(feed([81, 82, ...silence, 50]).moves.at(-1)).toBe('15:resolved:back_within');
  });

  it('measures the silence in intervals where those are long', () => {
    const observation = { value: 81, at: 0, intervalMs: 60_000 };
    const pending = evaluate(rule, freshState, { ...observation, elapsedMs: null }).state;
    expect(evaluate(rule, pending, { ...observation, elapsedMs: 180_000 }).move).not.toBeNull();
    expect(evaluate(rule, pending, { ...observation, elapsedMs: 180_001 }).move).toBeNull();
  });

  it('compares strictly, and never takes NaN for a violation', () => {
    const at = (comparison: Rule['comparison'], value: number | null, tolerance?: number) =>
      violates({ comparison, threshold: 80, tolerance }, value);
    expect([
      at('greater_than', 80),
      at('greater_than', 80.01),
      at('less_than', 80),
      at('less_than', 79.99),
    ]).toEqual([false, true, false, true]);
    expect([at('equals', 80), at('equals', 80.5), at('equals', 80.5, 0.5), at('equals', 80.6, 0.5)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([
      at('greater_than', NaN),
      at('less_than', NaN),
      at('equals', NaN, 5),
      at('less_than', null),
    ]).toEqual([false, false, false, false]);
  });

  it('agrees with a model written from the specification', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 70, max: 90 }), { freq: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (values, consecutiveViolations) => {
          expect(feed(values, { consecutiveViolations }).phases).toEqual(
            model(values, consecutiveViolations),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The specification once more, by looking back over all samples at every tick. */
function model(values: (number | null)[], wanted: number) {
  const phases: string[] = [];
  let firing = false;
  let row: number[] = [];
  values.forEach((value, tick) => {
    const before = values.slice(0, tick).findLastIndex((other) => other !== null);
    if (value !== null) {
      if (before >= 0 && (tick - before) * 5 > 60) row = [];
      if (value > 80) row.push(tick);
      else row = [];
      firing = value > 80 && (firing || row.length >= wanted);
    }
    phases.push(firing ? 'firing' : row.length > 0 ? 'pending' : 'ok');
  });
  return phases;
}
