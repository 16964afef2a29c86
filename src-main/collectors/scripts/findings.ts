import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { PartialReading } from '../partial-reading.ts';

/** The output of a script: numbers, and anything that was left out, as `[name, why]`. */
export interface Findings {
  samples: Measurement[];
  leftOut: (readonly [name: string, why: string])[];
}

/** The limit for any source; see docs/decisions/0018. */
const seriesAtMost = 256;
const charactersAtMost = 200;

/** Why a text cannot be the name of a metric; undefined if it can. */
export function metricNameProblem(name: string): string | undefined {
  if (name === '') return 'has no name';
  if (name.length > charactersAtMost) return `has a name of more than ${charactersAtMost} characters`;
  if (name.trim() !== name || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name))
    return 'has a name with characters that cannot be seen';
  return undefined;
}

/** Turns pairs of name and number into samples. A name that occurs twice is left out the second time. */
export function named(
  pairs: Iterable<readonly [string, number]>,
  leftOut: Findings['leftOut'] = [],
): Findings {
  const values = new Map<string, number>();
  const without = [...leftOut];
  for (const [name, value] of pairs) {
    const problem =
      metricNameProblem(name) ??
      (values.has(name) ? 'stands there twice' : Number.isFinite(value) ? undefined : 'is no finite number');
    if (problem === undefined) values.set(name, value === 0 ? 0 : value);
    else without.push([name, problem]);
  }
  const samples = [...values].map(([metric, value]) => ({ metric, labels: {}, value }));
  return { samples, leftOut: without };
}

/**
 * The samples of a script. Throws a `PartialReading` if some of its output was left out, and `unreadable` if nothing
 * remains; `subject` begins the sentence.
 */
export function reported({ samples, leftOut }: Findings, subject: string): Measurement[] {
  if (samples.length > seriesAtMost)
    throw new PartialReading(
      samples.slice(0, seriesAtMost),
      new PlimsollError(
        'too_large',
        `${subject} has ${samples.length} series; a source keeps ${seriesAtMost}, the first ones.`,
      ),
    );
  const [first] = leftOut;
  if (first !== undefined) {
    const [name, why] = first;
    const others = leftOut.length === 1 ? '' : ` So are ${leftOut.length - 1} more.`;
    throw new PartialReading(
      samples,
      new PlimsollError('unreadable', `${subject}: ${quoted(name)} ${why} and is left out.${others}`),
    );
  }
  if (samples.length === 0) throw new PlimsollError('unreadable', `${subject} gave no number.`);
  return samples;
}

function quoted(name: string): string {
  const visible = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
  return JSON.stringify(visible.length > 60 ? `${visible.slice(0, 60)}…` : visible);
}
