import { basename, extname } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { named, reported } from './findings.ts';
import type { Answer } from './session.ts';

/**
 * The number of violations that `check` found, and one series for each by its name: 1 for a warning, 2 for critical, 0
 * when it is over.
 */
export const violationMetrics = { count: 'violations', each: 'violation' } as const;

/**
 * Every name that was ever found is reported while the code stays loaded. A text that changes every time would exceed
 * this.
 */
const namesAtMost = 100;

/**
 * The samples returned by a function `collect`, whose single number is named after the file, with the violations that
 * `check` found. `known` holds the names of all violations so far; new ones are added. Throws as `reported` does.
 */
export function collected(path: string, answer: Answer, known = new Set<string>()): Measurement[] {
  if (answer.type === 'failed') throw new PlimsollError('unreadable', `${path} ${answer.message}.`);
  const stem = stemOf(path);
  const called = (name: string) => (name === '' ? stem : name);
  const findings = named(
    answer.collected.map(([name, value]) => [called(name), value] as const),
    answer.leftOut.map(([name, why]) => [called(name), why] as const),
  );
  if (answer.violations === undefined) return reported(findings, path);
  const { count, each } = violationMetrics;
  const taken = findings.samples.filter(({ metric }) => metric === count || metric === each);
  const found = new Map(answer.violations);
  for (const name of found.keys()) if (known.size < namesAtMost) known.add(name);
  const unknown = [...found.keys()].filter((name) => !known.has(name));
  return reported(
    {
      samples: [
        ...findings.samples.filter((sample) => !taken.includes(sample)),
        { metric: count, labels: {}, value: found.size },
        ...[...known].map((name) => ({
          metric: each,
          labels: { violation: name },
          value: found.get(name) ?? 0,
        })),
      ],
      leftOut: [
        ...findings.leftOut,
        ...taken.map(({ metric }) => [metric, 'is what the violations of check() are called'] as const),
        ...unknown.map((name) => [name, `is another violation after ${namesAtMost} names`] as const),
      ],
    },
    path,
  );
}

/** The base name of a file without its extension, used to name a single number. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}
