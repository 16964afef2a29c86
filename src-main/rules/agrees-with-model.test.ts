import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import { prepare } from './prepare.ts';
import { freshState, revived } from './state.ts';
import type { RuleState } from './state.ts';

/*
 * The specification once more, written from docs/rules.md and not from the engine: at every sample it looks back over all
 * samples since the rule began anew, and counts.
 */

interface Terms {
  needed: number;
  of: number;
  forSeconds: number;
  critical: number | null;
  recovery: number | null;
  clearAfterSeconds: number;
}
interface Seen {
  seconds: number;
  /** Whether what was before it is too long ago to be counted with it. */
  gap: boolean;
  warning: boolean;
  critical: boolean;
  calm?: boolean;
}
const threshold = 80;
const intervalSeconds = 5;

function model(terms: Terms, samples: readonly { seconds: number; value: number | null }[]): string[] {
  const { needed, of, forSeconds, clearAfterSeconds } = terms;
  let seen: Seen[] = [];
  let alert: { critical: boolean; criticalFrom: number } | null = null;
  let waited = 0;
  return samples.map(({ seconds, value }) => {
    waited += seconds;
    if (value === null) return said(alert, seen);
    const gap = waited > Math.max(3 * intervalSeconds, 60);
    if (gap && alert === null) seen = [];
    const line = alert === null ? threshold : (terms.recovery ?? threshold);
    const critical = terms.critical !== null && value > terms.critical;
    const now: Seen = { seconds: waited, gap, warning: value > line, critical };
    seen.push(now);
    waited = 0;
    if (alert === null) {
      if (holds('warning')) alert = { critical: holds('critical'), criticalFrom: seen.length };
      else if (!among(seen, 'warning')) seen = seen.slice(of > 0 ? -of : seen.length);
      return said(alert, seen);
    }
    now.calm = of > 0 ? count('warning') < needed : !now.warning;
    if (now.calm && lasted((one) => one.calm === true) >= clearAfterSeconds) {
      [alert, seen] = [null, []];
      return said(alert, seen);
    }
    if (!alert.critical) {
      if (holds('critical')) alert = { critical: true, criticalFrom: seen.length };
    } else {
      const from = alert.criticalFrom;
      const isMild = (end: number) =>
        end > from && (of > 0 ? count('critical', end) < needed : seen[end - 1]?.critical !== true);
      if (isMild(seen.length) && lasted((_, index) => isMild(index + 1)) >= clearAfterSeconds)
        alert = { critical: false, criticalFrom: 0 };
    }
    return said(alert, seen);
  });

  function among(list: readonly Seen[], key: 'warning' | 'critical'): boolean {
    return of > 0 ? list.slice(-of).some((one) => one[key]) : list.at(-1)?.[key] === true;
  }
  function count(key: 'warning' | 'critical', end = seen.length): number {
    return seen.slice(Math.max(0, end - of), end).filter((one) => one[key]).length;
  }
  /** How long the samples up to now are such that a thing holds, without a gap; -1 when it does not hold now. */
  function run(isSuch: (one: Seen, index: number) => boolean): { samples: number; seconds: number } {
    let [samples, seconds] = [0, 0];
    for (let index = seen.length - 1; index >= 0; index--) {
      const one = seen[index];
      if (one === undefined || !isSuch(one, index)) break;
      samples++;
      const before = seen[index - 1];
      if (one.gap || before === undefined || !isSuch(before, index - 1)) break;
      seconds += one.seconds;
    }
    return { samples, seconds };
  }
  function lasted(isSuch: (one: Seen, index: number) => boolean): number {
    return run(isSuch).seconds;
  }
  function holds(key: 'warning' | 'critical'): boolean {
    if (of > 0) return count(key) >= needed;
    const { samples, seconds } = run((one) => one[key]);
    return samples >= needed && seconds >= forSeconds;
  }
}

function said(alert: { critical: boolean } | null, seen: readonly Seen[]): string {
  if (alert === null) return seen.some((one) => one.warning) ? 'pending' : 'ok';
  return `${seen.at(-1)?.calm === true ? 'recovering' : 'firing'}${alert.critical ? ' critical' : ''}`;
}

/** What the engine makes of the same samples, written and read again wherever it is restarted. */
function engine(
  terms: Terms,
  samples: readonly { seconds: number; value: number | null; restart: boolean }[],
) {
  const rule = prepare({
    ...{ id: 'a', name: 'A', enabled: true, source: 's', metric: 'm', comparison: 'greater_than', threshold },
    consecutiveViolations: terms.needed,
    violationsOf: terms.of === 0 ? undefined : terms.of,
    forSeconds: terms.forSeconds,
    criticalThreshold: terms.critical ?? undefined,
    recoveryThreshold: terms.recovery ?? undefined,
    clearAfterSeconds: terms.clearAfterSeconds,
    severity: 'warning',
    cooldownSeconds: 0,
  });
  let state = freshState();
  let at = 0;
  return samples.map(({ seconds, value, restart }) => {
    at += seconds * 1000;
    if (restart) state = revived(JSON.parse(JSON.stringify(state)) as RuleState);
    if (value !== null) {
      const elapsedMs = at - state.lastAt;
      evaluate(rule, state, {
        ...{ value, at, elapsedMs, intervalMs: intervalSeconds * 1000, others: NaN, usual: null },
      });
    }
    return `${state.phase}${state.critical ? ' critical' : ''}`;
  });
}

it('agrees with a model written from the specification on 10,000 random rules and series', () => {
  const terms = fc
    .record({
      needed: fc.integer({ min: 1, max: 4 }),
      more: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 2 }),
      forSeconds: fc.constantFrom(0, 0, 5, 12, 30),
      critical: fc.option(fc.integer({ min: 81, max: 92 })),
      recovery: fc.option(fc.integer({ min: 70, max: 80 })),
      clearAfterSeconds: fc.constantFrom(0, 0, 10, 30),
    })
    .map(({ more, ...rest }): Terms => ({
      ...rest,
      of: more === null ? 0 : Math.max(2, rest.needed + more),
      forSeconds: more === null ? rest.forSeconds : 0,
    }));
  const sample = fc.record({
    seconds: fc.constantFrom(5, 5, 5, 5, 5, 5, 5, 6, 20, 60, 61, 300),
    value: fc.option(fc.integer({ min: 66, max: 96 }), { freq: 8 }),
    restart: fc.boolean(),
  });
  fc.assert(
    fc.property(terms, fc.array(sample, { maxLength: 40 }), (rule, samples) => {
      expect(engine(rule, samples)).toEqual(model(rule, samples));
    }),
    { numRuns: 10_000 },
  );
});
