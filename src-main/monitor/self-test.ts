import type { Clock } from '../base/clock.ts';
import { sampleSource } from '../collectors/take-sample.ts';
import { openSystem } from '../collectors/system/open-system.ts';
import type { Rule } from '../contract/rule.ts';
import type { Reading } from '../contract/sample.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import { evaluate, freshState } from '../rules/evaluate.ts';
import { scheduledSource, withSecrets } from './scheduled-source.ts';

/** Samples every enabled source once, for real, in this process. Paths start at `directory`. What fails is in its reading. */
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

/** What one made-up sample should lead to, and what it did lead to. */
export interface RuleStep {
  value: number;
  expected: 'nothing' | 'fires' | 'resolves';
  got: 'nothing' | 'fires' | 'resolves';
}

/**
 * Plays a rule through the engine with made-up samples: never at or within its limit, at exactly the configured number
 * of violations in a row, not again while it fires, and over with the first sample within.
 */
export function playRule(rule: Rule): RuleStep[] {
  const { beyond, within } = valuesAround(rule);
  const count = rule.consecutiveViolations;
  const script: [number, RuleStep['expected']][] = [
    ...within.map((value): [number, RuleStep['expected']] => [value, 'nothing']),
    ...Array.from({ length: count - 1 }, (): [number, RuleStep['expected']] => [beyond, 'nothing']),
    [beyond, 'fires'],
    [beyond, 'nothing'],
    [within[0] ?? rule.threshold, 'resolves'],
  ];
  let state = { ...freshState };
  return script.map(([value, expected], index) => {
    const step = evaluate(rule, state, {
      value,
      at: index * 1000,
      elapsedMs: index === 0 ? null : 1000,
      intervalMs: 1000,
    });
    state = step.state;
    const got = step.move === null ? 'nothing' : step.move.to === 'firing' ? 'fires' : 'resolves';
    return { value, expected, got };
  });
}

/** A value that violates the rule, and values that do not: the nearest ones that there are. */
function valuesAround({ comparison, threshold, tolerance = 0 }: Rule): { beyond: number; within: number[] } {
  const step = Math.max(1, Math.abs(threshold) * 1e-6);
  switch (comparison) {
    case 'greater_than':
      return { beyond: threshold + step, within: [threshold, threshold - step] };
    case 'less_than':
      return { beyond: threshold - step, within: [threshold, threshold + step] };
    case 'equals':
      return { beyond: threshold, within: [threshold + tolerance + step, threshold - tolerance - step] };
  }
}
