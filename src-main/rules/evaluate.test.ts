import { describe, expect, it } from 'vitest';
import type { Rule } from '../contract/rule.ts';
import { violates } from './comparisons.ts';
import { endSilence, evaluate, evaluateError, evaluateSilence } from './evaluate.ts';
import { prepare } from './prepare.ts';
import { freshState, refit, revived } from './state.ts';
import type { RuleState } from './state.ts';

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
function feed(
  values: (number | null)[],
  over: Partial<Rule> = {},
  state: RuleState = freshState(),
  others: (tick: number) => number = () => NaN,
) {
  const prepared = prepare({ ...rule, ...over });
  let lastTick = NaN;
  const moves: string[] = [];
  const phases = values.map((value, tick) => {
    if (value === null) return state.phase;
    const elapsedMs = (tick - lastTick) * 5000;
    lastTick = tick;
    const observation = { value, at: tick * 5000, elapsedMs, intervalMs: 5000, usual: null };
    const move = evaluate(prepared, state, { ...observation, others: others(tick) });
    if (move) moves.push(`${tick}:${move.to}:${move.reason}`);
    return state.phase;
  });
  return { phases, moves, state };
}

const silence = Array<null>(13).fill(null);

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

  it('remembers the worst on either side of a range, also of one that is usual', () => {
    const outside = { comparison: 'outside', threshold: 20, upperThreshold: 80 } as const;
    expect(feed([81, 5, 90, 82], outside).state.worst).toBe(5);
    const between = { comparison: 'between', threshold: 20, upperThreshold: 80 } as const;
    expect(feed([21, 50, 79], between).state.worst).toBe(50);

    const baseline = { ...outside, threshold: undefined, upperThreshold: undefined, baseline: {} as never };
    const usual = { comparison: 'outside', threshold: 20, upper: 80, tolerance: 0 } as const;
    const state = freshState();
    [81, 5, 90, 82].forEach((value, tick) => {
      const seen = { value, at: tick * 5000, elapsedMs: 5000, intervalMs: 5000, others: NaN, usual };
      evaluate(prepare({ ...rule, ...baseline }), state, seen);
    });
    expect(state.worst).toBe(5);
  });

  it('lets a missing sample neither count nor reset', () => {
    expect(feed([81, null, null, 82]).moves).toEqual(['3:firing:violated_enough']);
    expect(feed([81, NaN, 82]).moves).toEqual(['2:firing:violated_enough']);
  });

  it('begins the row anew after a silence longer than a minute, but keeps a firing alert firing', () => {
    expect(feed([81, ...silence, 82]).phases.at(-1)).toBe('pending');
    expect(feed([81, 82, ...silence, 83]).phases.at(-1)).toBe('firing');
    expect(feed([81, 82, ...silence, 50]).moves.at(-1)).toBe('15:resolved:back_within');
  });

  it('measures the silence in intervals where those are long', () => {
    const observation = { value: 81, at: 0, intervalMs: 60_000, others: NaN, usual: null };
    const after = (elapsedMs: number) => {
      const state = freshState();
      evaluate(prepare(rule), state, { ...observation, elapsedMs: NaN });
      return evaluate(prepare(rule), state, { ...observation, elapsedMs });
    };
    expect(after(180_000)).not.toBeNull();
    expect(after(180_001)).toBeNull();
  });

  it('counts among fewer of the last samples when the rule asks for fewer', () => {
    const among = (of: number) => ({ consecutiveViolations: 2, violationsOf: of });
    const { state } = feed([81, 50, 50, 50, 50], among(5));
    expect(state.violations).toBe(1);
    expect(feed([81], among(2), state).phases).toEqual(['pending']);
    expect(state.recent).toEqual([0, 1]);
  });

  it('wants it to last from now on when the rule was one of N of M before', () => {
    const { state } = feed([81, 81], { consecutiveViolations: 3, violationsOf: 5 });
    expect(feed([81, 81], { forSeconds: 600 }, state).moves).toEqual([]);
  });

  it('wants a violation to last', () => {
    const lasting = { consecutiveViolations: 1, forSeconds: 20 };
    expect(feed([81, 82, 83, 84, 85], lasting).moves).toEqual(['4:firing:violated_enough']);
    expect(feed([81, 82, 83, 50, 85, 86, 87, 88], lasting).moves).toEqual([]);
    expect(feed([81, null, null, null, 85], lasting).moves).toEqual(['4:firing:violated_enough']);
    expect(feed([81, ...silence, 85], lasting).moves).toEqual([]);
  });

  it('counts N among the last M, and is over when there are fewer', () => {
    const some = { consecutiveViolations: 2, violationsOf: 4 };
    const { phases, moves } = feed([81, 50, 50, 82, 83, 50, 50, 50], some);
    expect(phases.slice(0, 3)).toEqual(['pending', 'pending', 'pending']);
    expect(moves).toEqual(['3:firing:violated_enough', '7:resolved:back_within']);
  });

  it('goes on firing when its rule is changed from so many in a row to so many of the last, or to more of them', () => {
    const state = freshState();
    expect(feed([81, 82, 83], {}, state).moves).toHaveLength(1);
    const some = { consecutiveViolations: 3, violationsOf: 6 };
    refit(state, prepare({ ...rule, ...some }));
    expect(feed([84, 50, 84], some, state).moves).toEqual([]);
    const more = { consecutiveViolations: 6, violationsOf: 6 };
    refit(state, prepare({ ...rule, ...more }));
    expect(feed([84, 50], more, state).moves).toEqual(['1:resolved:back_within']);
  });

  it('counts on when its rule is changed from so many in a row to so many of the last', () => {
    const state = freshState();
    const some = { consecutiveViolations: 3, violationsOf: 6 };
    feed([81, 82], { consecutiveViolations: 3 }, state);
    refit(state, prepare({ ...rule, ...some }));
    expect(feed([50, 83], some, state).moves).toEqual(['1:firing:violated_enough']);
  });

  it('has a recovery threshold that never keeps a pending alert alive', () => {
    const { moves, phases } = feed([81, 75, 82, 75, 83], { recoveryThreshold: 70 });
    expect(phases).toEqual(['pending', 'ok', 'pending', 'ok', 'pending']);
    expect(moves).toEqual([]);
    const slow = { recoveryThreshold: 70, forSeconds: 15, consecutiveViolations: 1 };
    expect(feed([81, 82, 83, 75, 84, 85, 86], slow).moves).toEqual([]);
  });

  it('is over only behind the recovery threshold', () => {
    const calm = { recoveryThreshold: 70 };
    expect(feed([81, 82, 75, 71, 70], calm).moves).toEqual([
      '1:firing:violated_enough',
      '4:resolved:back_within',
    ]);
    expect(feed([75, 75, 75], calm).phases).toEqual(['ok', 'ok', 'ok']);
  });

  it('is over only when it has been back for long enough, and begins that anew after a gap', () => {
    const slow = { clearAfterSeconds: 10 };
    const { phases, moves } = feed([81, 82, 50, 50, 81, 50, 50, 50], slow);
    expect(phases.slice(2)).toEqual(['recovering', 'recovering', 'firing', 'recovering', 'recovering', 'ok']);
    expect(moves.at(-1)).toBe('7:resolved:back_within');
    expect(feed([81, 82, 50, ...silence, 50, 50, 50], slow).moves.at(-1)).toBe('18:resolved:back_within');
  });

  it('becomes critical when the second line is crossed for as long, and a warning again', () => {
    const two = { criticalThreshold: 95 };
    expect(feed([81, 96, 97, 90, 91, 96, 50], two).moves).toEqual([
      '1:firing:violated_enough',
      '2:firing:became_critical',
      '3:firing:no_longer_critical',
      '6:resolved:back_within',
    ]);
    const atOnce = feed([96, 97], two);
    expect(atOnce.moves).toEqual(['1:firing:violated_enough']);
    expect(atOnce.state.critical).toBe(true);
  });

  it('joins what other conditions say, and lets the unknown decide nothing', () => {
    const truths =
      (...list: number[]) =>
      (tick: number) =>
        list[tick] ?? NaN;
    const one = { consecutiveViolations: 1 };
    const and = { ...one, all: [{ metric: 'on_ac', comparison: 'equals' as const, threshold: 0 }] };
    expect(feed([81, 81, 81, 50], and, freshState(), truths(0, NaN, 1, NaN)).moves).toEqual([
      '2:firing:violated_enough',
      '3:resolved:back_within',
    ]);
    const or = {
      ...one,
      any: [{ metric: 'swap_percent', comparison: 'greater_than' as const, threshold: 50 }],
    };
    expect(feed([50, 50, 50, 50], or, freshState(), truths(NaN, 1, NaN, 0)).moves).toEqual([
      '1:firing:violated_enough',
      '3:resolved:back_within',
    ]);
  });

  it('goes on where it was when its state was written and read, also by an older Plimsoll', () => {
    const written = JSON.stringify(feed([81]).state);
    expect(feed([82], {}, revived(JSON.parse(written) as RuleState)).moves).toHaveLength(1);
    const older = { phase: 'firing', violations: 3, since: 5, worst: 97, lastValue: 90, lastAt: 15 } as const;
    const state = revived(older);
    expect(state).toMatchObject({ ...older, critical: false, recent: null });
    expect(feed([50], {}, state).moves).toEqual(['0:resolved:back_within']);
  });
});

describe('silence and errors', () => {
  const noData = (policy: 'alert' | 'resolve' | 'ignore') =>
    prepare({ ...rule, noData: { policy, afterSeconds: 60 } });

  it('fires after so long without data, once, and is over with the next sample', () => {
    const { state } = feed([81]);
    expect(evaluateSilence(noData('alert'), state, 59_999, 5000)).toBeNull();
    expect(evaluateSilence(noData('alert'), state, 60_000, 30_001)).toBeNull();
    expect(evaluateSilence(noData('alert'), state, 60_000, 5000)).toEqual({
      to: 'firing',
      reason: 'no_data',
    });
    expect(evaluateSilence(noData('alert'), state, 90_000, 5000)).toBeNull();
    expect(endSilence(state)).toEqual({ to: 'resolved', reason: 'data_back' });
    expect(endSilence(state)).toBeNull();
    expect(state).toMatchObject({ phase: 'ok', violations: 0 });
  });

  it('leaves what fires firing, unless it is told to end it', () => {
    const firing = () => feed([81, 82]).state;
    expect(evaluateSilence(noData('alert'), firing(), 1e9, 5000)).toBeNull();
    expect(evaluateSilence(noData('ignore'), firing(), 1e9, 5000)).toBeNull();
    expect(evaluateSilence(prepare(rule), firing(), 1e9, 5000)).toBeNull();
    const state = firing();
    expect(evaluateSilence(noData('resolve'), state, 60_000, 5000)).toEqual({
      to: 'resolved',
      reason: 'resolved_without_data',
    });
    expect(state.phase).toBe('ok');
  });

  it('tells a source that fails from a violation', () => {
    const watchful = prepare({ ...rule, onSourceError: { policy: 'alert', afterSeconds: 30 } });
    const state = freshState();
    expect(evaluateError(watchful, state, 29_999)).toBeNull();
    expect(evaluateError(watchful, state, 30_000)).toEqual({ to: 'firing', reason: 'source_error' });
    expect(evaluateError(watchful, state, 60_000)).toBeNull();
    expect(evaluateSilence(noData('alert'), state, 1e9, 5000)).toBeNull();
    expect(endSilence(state)).toEqual({ to: 'resolved', reason: 'source_back' });
    expect(evaluateError(prepare(rule), state, 1e9)).toBeNull();
  });
});

describe('comparisons', () => {
  it.each<[Rule['comparison'], number[], number[], object?]>([
    ['greater_than', [80.01], [80, 79]],
    ['less_than', [79.99], [80, 81]],
    ['equals', [80], [80.5, 79]],
    ['equals', [80, 80.5, 79.5], [80.6, 79.4], { tolerance: 0.5 }],
    ['greater_or_equal', [80, 81], [79.99]],
    ['less_or_equal', [80, 79], [80.01]],
    ['not_equals', [80.5, 79], [80]],
    ['not_equals', [80.6], [80.5, 79.5], { tolerance: 0.5 }],
    ['between', [80, 85, 90], [79.9, 90.1], { upperThreshold: 90 }],
    ['outside', [79.9, 90.1], [80, 85, 90], { upperThreshold: 90 }],
    ['changed', [], [80, 81]],
    ['unchanged', [], [80, 81]],
  ])('%s holds for %j and not for %j', (comparison, beyond, within, also = {}) => {
    const condition = { comparison, threshold: 80, ...also };
    expect(beyond.filter((value) => !violates(condition, value))).toEqual([]);
    expect(within.filter((value) => violates(condition, value))).toEqual([]);
    expect([NaN, null].filter((value) => violates(condition, value))).toEqual([]);
  });

  it('compares with the sample before where it asks for a change', () => {
    const at = (comparison: Rule['comparison'], value: number, before: number | null, tolerance = 0) =>
      violates({ comparison, tolerance }, value, before);
    expect([
      at('changed', 5, 4),
      at('changed', 5, 5),
      at('changed', 5, null),
      at('changed', 5, 4, 1),
    ]).toEqual([true, false, false, false]);
    expect([at('unchanged', 5, 5), at('unchanged', 5, 4), at('unchanged', 5, null)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
