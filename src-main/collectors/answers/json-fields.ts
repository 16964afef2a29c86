import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';

/** A larger answer is a table rather than a status page, and each field becomes a stored series. */
export const fieldsAtMost = 500;

/** The limit for the metric of a rule, so that a rule can watch every field. */
const nameCharactersAtMost = 200;

/**
 * Returns every number in a JSON value as a sample. Keys are joined by `.` and elements are named by their index:
 * `disks.0.used`. Anything else (`"80"`, `true`, null, 1e999) is left out. So is a number without a name of its own: a
 * lone number, a name that two fields share or that is in `taken`, a name that is too long or contains invisible
 * characters. `strictJsonProblem` limits the nesting. Throws `too_large` for more than `fieldsAtMost` numbers.
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
    // Turns -0 into 0.
    tell(name, value === 0 ? 0 : value);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`, tell);
  }
}

/** Whether a metric may have this name: it is short enough for a rule, and visible. */
export function isFieldName(name: string): boolean {
  return name !== '' && name.length <= nameCharactersAtMost && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
}
