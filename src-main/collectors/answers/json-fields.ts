import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';

/** More would be no status page but a table, and each field is a series that is kept. */
export const fieldsAtMost = 500;

/** As long as the metric of a rule may be, so that every field can be watched. */
const nameCharactersAtMost = 200;

/**
 * Every number in a JSON value as a sample: keys joined by `.`, elements by their place, as in `disks.0.used`. What is no finite
 * number (`"80"`, `true`, null, 1e999) is absent. So is what has no name of its own: a lone number, names that two fields
 * would share or that are in `taken`, names that are too long or hold something invisible. The value is nested no
 * deeper than `strictJsonProblem` allows. Throws `too_large` when there are more than `fieldsAtMost`.
 */
export function numberFields(value: unknown, taken: readonly string[]): Measurement[] {
  const found = new Map<string, number>();
  const ambiguous = new Set(taken);
  let count = 0;
  walk(value, '', (name, number) => {
    count++;
    if (found.has(name)) ambiguous.add(name);
    // Names beyond the limit are only counted.
    if (count <= fieldsAtMost) found.set(name, number);
  });
  if (count > fieldsAtMost) {
    throw new PlimsollError(
      'too_large',
      `The answer has ${count} numeric fields; at most ${fieldsAtMost} are read. Ask for less.`,
    );
  }
  return [...found]
    .filter(([name]) => isFieldName(name) && !ambiguous.has(name))
    .map(([metric, number]) => ({ metric, labels: {}, value: number }));
}

function walk(value: unknown, name: string, tell: (name: string, number: number) => void): void {
  if (typeof value === 'number' && Number.isFinite(value)) {
    // There is one zero only where samples are compared and stored.
    tell(name, value === 0 ? 0 : value);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`, tell);
  }
}

/** Whether a metric may be called so: as long as in a rule, and visible. */
export function isFieldName(name: string): boolean {
  return name !== '' && name.length <= nameCharactersAtMost && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
}
