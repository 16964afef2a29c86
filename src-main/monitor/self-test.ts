import type { Clock } from '../base/clock.ts';
import { sampleSource } from '../collectors/take-sample.ts';
import { openSystem } from '../collectors/system/open-system.ts';
import type { Rule } from '../contract/rule.ts';
import type { Reading } from '../contract/sample.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import { lineOf } from '../rules/comparisons.ts';
import { directionOf } from '../contract/direction.ts';
import { evaluate } from '../rules/evaluate.ts';
import { prepare } from '../rules/prepare.ts';
import { freshState } from '../rules/state.ts';
import { scheduledSource, withSecrets } from './scheduled-source.ts';

/**
 * Really samples every enabled source once, in this process. Paths start at `directory`. Failures are in the readings.
 */
export async function sampleSources(
  settings: Settings,
  resolve: ResolveSecret,
  surroundings: { host: string; seconds: number; clock: Clock; directory: string },
): Promise<Reading[]> {
  const system = openSystem();
  try {
    return await Promise.all(
      settings.sources
        .filter(({ enabled }) => enabled)
        .map(async (source) =>
          sampleSource(
            await withSecrets(scheduledSource(source, settings, surroundings.directory), resolve),
            system,
            surroundings,
          ),
        ),
    );
  } finally {
    system.close();
  }
}

/** The expected and the actual effect of one invented sample. */
export interface RuleStep {
  value: number;
  expected: 'nothing' | 'fires' | 'resolves';
  got: 'nothing' | 'fires' | 'resolves';
}

/**
 * Runs a rule through the engine with invented samples. It must never fire at or within its threshold; fire after
 * exactly the configured number of violations and exactly the configured time; not fire again while it fires; and end
 * when the value has been within for as long as configured. Windows, expressions and other metrics are not tested: the
 * rule gets the values to evaluate, and other conditions always leave the decision to its own.
 */
export function playRule(rule: Rule): RuleStep[] {
  const prepared = prepare(rule);
  const usual = rule.baseline === undefined ? null : lineOf({ ...rule, upperThreshold: 2 }, 1);
  const lines = usual === null ? rule : { ...rule, threshold: 1, upperThreshold: 2 };
  const { beyond, within } = valuesAround(lines);
  const stepMs = Math.max(1000, prepared.forMs, prepared.clearMs);
  const violations = Math.max(rule.consecutiveViolations, prepared.forMs > 0 ? 2 : 1);
  const calm = samplesUntilCalm(prepared.needed, prepared.of) + (prepared.clearMs > 0 ? 1 : 0);
  const well = behind(rule) ?? within[0] ?? same;
  const script: [Next, RuleStep['expected']][] = [
    ...within.map((next): [Next, RuleStep['expected']] => [next, 'nothing']),
    ...repeated(violations - 1, beyond),
    [beyond, 'fires'],
    [beyond, 'nothing'],
    ...repeated(calm - 1, well),
    [well, 'resolves'],
  ];
  const state = freshState();
  let value = 0;
  return script.map(([next, expected], index) => {
    value = next(value);
    const move = evaluate(prepared, state, {
      value,
      at: index * stepMs,
      elapsedMs: index === 0 ? NaN : stepMs,
      intervalMs: stepMs,
      others: prepared.joins === 'and' ? 1 : 0,
      usual,
    });
    const got = move === null ? 'nothing' : move.to === 'firing' ? 'fires' : 'resolves';
    return { value, expected, got };
  });
}

/** The next invented value, from the previous one. */
type Next = (before: number) => number;

const same: Next = (before) => before;

function repeated(count: number, next: Next): [Next, RuleStep['expected']][] {
  return Array.from({ length: count }, () => [next, 'nothing']);
}

/**
 * How many samples within the threshold it takes until fewer than `needed` of the last `of` are violations; one if a
 * row is counted.
 */
function samplesUntilCalm(needed: number, of: number): number {
  if (of === 0) return 1;
  let recent = [0, 0, ...Array.from({ length: needed + 1 }, () => 1)].slice(-of);
  let samples = 0;
  while (recent.filter((weight) => weight === 1).length >= needed) {
    recent = [...recent, 0].slice(-of);
    samples++;
  }
  return samples;
}

/** A value beyond the recovery threshold; null if there is none. */
function behind({ comparison, recoveryThreshold }: Rule): Next | null {
  if (recoveryThreshold === undefined) return null;
  const away = Math.max(1, Math.abs(recoveryThreshold) * 1e-6);
  return () => recoveryThreshold - directionOf(comparison) * away;
}

/** A value that violates the rule, and values that do not, as close to the threshold as possible. */
function valuesAround({ comparison, threshold = 0, upperThreshold = 0, tolerance = 0 }: Rule): {
  beyond: Next;
  within: Next[];
} {
  const step = Math.max(1, Math.abs(threshold) * 1e-6, Math.abs(upperThreshold) * 1e-6);
  const around = (beyond: number, ...within: number[]) => ({
    beyond: () => beyond,
    within: within.map((value) => () => value),
  });
  switch (comparison) {
    case 'greater_than':
      return around(threshold + step, threshold, threshold - step);
    case 'less_than':
      return around(threshold - step, threshold, threshold + step);
    case 'greater_or_equal':
      return around(threshold, threshold - step, threshold - 2 * step);
    case 'less_or_equal':
      return around(threshold, threshold + step, threshold + 2 * step);
    case 'equals':
      return around(threshold, threshold + tolerance + step, threshold - tolerance - step);
    case 'not_equals':
      return around(threshold + tolerance + step, threshold, threshold - tolerance / 2);
    case 'between':
      return around(threshold, threshold - step, upperThreshold + step);
    case 'outside':
      return around(upperThreshold + step, upperThreshold, threshold);
    case 'changed':
      return { beyond: (before) => before + tolerance + 1, within: [same, same] };
    case 'unchanged': {
      const other: Next = (before) => before + tolerance + 1;
      return { beyond: same, within: [other, other] };
    }
  }
}
