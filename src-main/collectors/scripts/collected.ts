import { basename, extname } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { named, reported } from './findings.ts';
import type { Answer } from './session.ts';

/** How many violations `check` found, and each by its name: 1 for a warning, 2 for a critical one, 0 when it is over. */
export const violationMetrics = { count: 'violations', each: 'violation' } as const;

/** A name that was ever found is told of while its code stays loaded; a text that changes each time is no name. */
const namesAtMost = 100;

/**
 * The samples that a function `collect` returned; a single number is named after the file. What `check` found comes with them:
 * `known` are the names that it ever found, and is added to. Throws as `reported` does.
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

/** The name of a file without its ending, which names a single number. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}
