/**
 * What judging costs: 10,000 series × 5 rules = 50,000 evaluations, `npm run bench:rules`. The states are those of a fleet
 * in which one series in a hundred is beyond its line. Prints the median of many passes, in ms, and what a pass allocates.
 */
import { cpus } from 'node:os';
import type { Rule } from '../src-main/contract/rule.ts';
import { evaluate } from '../src-main/rules/evaluate.ts';
import type { Observation } from '../src-main/rules/evaluate.ts';
import { prepare } from '../src-main/rules/prepare.ts';
import { freshState } from '../src-main/rules/state.ts';

const seriesCount = 10_000;
const passes = 300;

const common = {
  enabled: true,
  source: 's',
  metric: 'm',
  severity: 'warning',
  cooldownSeconds: 600,
} as const;
const terms: Pick<Rule, 'comparison' | 'threshold' | 'consecutiveViolations'>[] = [
  { comparison: 'greater_than', threshold: 80, consecutiveViolations: 3 },
  { comparison: 'less_than', threshold: 5, consecutiveViolations: 1 },
  { comparison: 'greater_than', threshold: 90, consecutiveViolations: 2 },
  { comparison: 'greater_or_equal', threshold: 95, consecutiveViolations: 1 },
  { comparison: 'equals', threshold: -1, consecutiveViolations: 5 },
];
const rules = terms.map((term, index) =>
  prepare({
    ...common,
    ...term,
    id: `rule-${index}`,
    name: `Rule ${index}`,
    ...(index === 0 && { criticalThreshold: 95, recoveryThreshold: 70, clearAfterSeconds: 60 }),
    ...(index === 2 && { forSeconds: 300 }),
  }),
);
/** Series after series, with a state for each rule. */
const states = Array.from({ length: seriesCount * rules.length }, freshState);
/** Values of several passes; a generator of its own, so that every run has the same. */
let seed = 1;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
const values = Array.from({ length: 7 }, () =>
  Float64Array.from({ length: seriesCount }, (_, series) =>
    series % 100 === 0 ? 85 + 15 * random() : 20 + 40 * random(),
  ),
);

const seen: Observation = { value: 0, at: 0, elapsedMs: 5000, intervalMs: 5000, others: NaN, usual: null };
let moves = 0;

function pass(number: number): void {
  const now = values[number % values.length];
  if (now === undefined) return;
  seen.at = 1_767_614_400_000 + number * 5000;
  for (let series = 0; series < seriesCount; series++) {
    seen.value = now[series] ?? NaN;
    for (let index = 0; index < rules.length; index++) {
      const [rule, state] = [rules[index], states[series * rules.length + index]];
      if (rule !== undefined && state !== undefined && evaluate(rule, state, seen) !== null) moves++;
    }
  }
}

for (let number = 0; number < 50; number++) pass(number);
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const times: number[] = [];
for (let number = 50; number < 50 + passes; number++) {
  const begun = performance.now();
  pass(number);
  times.push(performance.now() - begun);
}
const allocated = (process.memoryUsage().heapUsed - heapBefore) / passes;
times.sort((a, b) => a - b);
const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? NaN).toFixed(2);
console.log(`machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
console.log(
  `50,000 evaluations: ${at(0.5)} ms (median of ${passes}; fastest ${at(0)}, 95 % ${at(0.95)}); goal 1 ms`,
);
console.log(`allocated: ${Math.max(0, allocated / 1024).toFixed(1)} KiB a pass; moves: ${moves}`);
