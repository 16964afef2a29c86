import { basename, extname } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { named, reported } from './findings.ts';
import type { Answer } from './session.ts';

/** The samples that a function `collect` returned; a single number is named after the file. Throws as `reported` does. */
export function collected(path: string, answer: Answer): Measurement[] {
  if (answer.type === 'failed') throw new PlimsollError('unreadable', `${path} ${answer.message}.`);
  const stem = stemOf(path);
  const called = (name: string) => (name === '' ? stem : name);
  const findings = named(
    answer.collected.map(([name, value]) => [called(name), value] as const),
    answer.leftOut.map(([name, why]) => [called(name), why] as const),
  );
  return reported(findings, path);
}

/** The name of a file without its ending, which names a single number. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}
