import { z } from 'zod';
import { decimalIn } from '../../base/decimal.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { fieldsAtMost, isFieldName } from './json-fields.ts';
import { findByPath, parseJsonPath } from './json-path.ts';

/** One number that the user selected from a JSON answer. */
export const fieldSchema = z.strictObject({
  path: z
    .string()
    .superRefine((path, context) => {
      const steps = parseJsonPath(path);
      if (typeof steps === 'string') context.addIssue({ code: 'custom', message: steps });
    })
    .meta({
      title: 'Path',
      description: "Such as $.memory.used, $.disks[0]['free space'] or $.disks[*].used.",
    }),
  name: z
    .string()
    .refine(isFieldName, 'must have 1 to 200 characters and nothing invisible')
    .optional()
    .meta({
      title: 'Name',
      description:
        'What the metric is called. Without it, as its place: disks.0.used. Behind [*] the place is added.',
    }),
  conversion: z.enum(['none', 'number_from_text', 'boolean']).default('none').meta({
    title: 'Conversion',
    description: 'number_from_text makes 80 of "80" and of "80 %"; boolean makes 1 of true and 0 of false.',
  }),
});
export type SelectedField = z.infer<typeof fieldSchema>;

/**
 * Reads the selected numbers from a JSON value. Also returns the paths that have no number: nothing is converted unless
 * the settings say so. Names in `taken` and duplicate names are left out. Throws `too_large` for more than
 * `fieldsAtMost`.
 */
export function selectedFields(
  value: unknown,
  fields: readonly SelectedField[],
  taken: readonly string[],
): { samples: Measurement[]; missing: string[] } {
  const samples = new Map<string, Measurement>();
  const missing: string[] = [];
  for (const { path, name, conversion } of fields) {
    const steps = parseJsonPath(path);
    const found = typeof steps === 'string' ? [] : findByPath(value, steps);
    const hasMany = typeof steps !== 'string' && steps.includes('all');
    const before = samples.size;
    for (const { place, value: there } of found) {
      const number = converted(there, conversion);
      const metric = name === undefined ? place : hasMany ? `${name}.${place}` : name;
      if (number === undefined || !isFieldName(metric) || taken.includes(metric) || samples.has(metric))
        continue;
      samples.set(metric, { metric, labels: {}, value: number });
    }
    if (samples.size === before) missing.push(path);
    if (samples.size > fieldsAtMost)
      throw new PlimsollError(
        'too_large',
        `The paths select more than ${fieldsAtMost} numbers. Select fewer.`,
      );
  }
  return { samples: [...samples.values()], missing };
}

function converted(value: unknown, conversion: SelectedField['conversion']): number | undefined {
  // `+ 0` turns -0 into 0.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (conversion === 'boolean' && typeof value === 'boolean') return value ? 1 : 0;
  if (conversion === 'number_from_text' && typeof value === 'string') {
    const text = value.trim();
    return decimalIn(text.endsWith('%') ? text.slice(0, -1).trimEnd() : text);
  }
  return undefined;
}
