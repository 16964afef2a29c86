import { z } from 'zod';
import { exactNumberSchema, nameSchema } from './fields.ts';

export const comparisonSchema = z
  .enum([
    'greater_than',
    'less_than',
    'equals',
    'greater_or_equal',
    'less_or_equal',
    'not_equals',
    'between',
    'outside',
    'changed',
    'unchanged',
  ])
  .meta({ id: 'Comparison' });
export type Comparison = z.infer<typeof comparisonSchema>;

/** Upper bound of the conditions in one list. */
const mostInList = 10;

const comparisonShape = {
  threshold: exactNumberSchema.optional().meta({ title: 'Threshold' }),
  upperThreshold: exactNumberSchema.optional().meta({
    title: 'Upper threshold',
    description: 'For `between` and `outside`: the upper bound; `threshold` is the lower one.',
  }),
  tolerance: exactNumberSchema
    .refine((value) => value >= 0, 'a tolerance is not negative')
    .optional()
    .meta({
      title: 'Tolerance',
      description:
        'For `equals`, `not_equals`, `changed` and `unchanged`: how far a value may be away and still count as equal.',
    }),
};

const joins = ['all', 'any', 'not'] as const;

const leafShape = {
  source: nameSchema.optional().meta({ title: 'Source', description: 'Without it, the source of the rule.' }),
  metric: z.string().min(1).max(200).optional().meta({ title: 'Metric' }),
  labels: z.record(z.string().min(1).max(200), z.string().max(200)).optional().meta({
    title: 'Labels',
    description: 'Exactly these. Without it, those of the series that the rule judges, or none.',
  }),
  comparison: comparisonSchema.optional().meta({ title: 'Comparison' }),
  ...comparisonShape,
};

function joinShape<T extends z.ZodType>(condition: T) {
  const list = z.array(condition).min(1, 'name at least one condition').max(mostInList);
  return {
    all: list.optional().meta({
      title: 'And',
      description: 'Conditions on other metrics that must all hold too.',
      advanced: true,
    }),
    any: list.optional().meta({
      title: 'Or',
      description: 'Conditions on other metrics of which one is enough.',
      advanced: true,
    }),
    not: condition.optional().meta({
      title: 'And not',
      description: 'A condition on another metric that must not hold.',
      advanced: true,
    }),
  };
}

/** A comparison of one other metric, or several such comparisons joined. */
const conditionSchema = z
  .strictObject({ ...leafShape, ...joinShape(z.strictObject(leafShape).superRefine(checkCondition)) })
  .superRefine(checkCondition);

/** Keys that rules and conditions share. */
export const conditionShape = { ...comparisonShape, ...joinShape(conditionSchema) };

/** The comparison of a condition itself, and the conditions it joins. */
interface Leaf {
  metric?: string | undefined;
  comparison?: Comparison | undefined;
  threshold?: number | undefined;
  upperThreshold?: number | undefined;
  tolerance?: number | undefined;
}
interface Joins {
  all?: unknown;
  any?: unknown;
  not?: unknown;
}

type Report = (path: string, message: string) => void;

/** Reports fields that a comparison lacks and fields that have no meaning for it. */
export function checkComparison(
  { comparison, threshold, upperThreshold, tolerance }: Leaf,
  report: Report,
): void {
  const isRange = comparison === 'between' || comparison === 'outside';
  const isChange = comparison === 'changed' || comparison === 'unchanged';
  if (isChange) {
    if (threshold !== undefined)
      report('threshold', `means nothing to ${comparison}; leave it out, or say how far with tolerance`);
  } else if (threshold === undefined) {
    report('threshold', 'is missing');
  }
  if (isRange && upperThreshold === undefined)
    report('upperThreshold', `is missing: ${comparison} has two bounds, threshold and upperThreshold`);
  if (!isRange && upperThreshold !== undefined)
    report('upperThreshold', 'belongs to between and outside only; leave it out');
  if (isRange && threshold !== undefined && upperThreshold !== undefined && upperThreshold <= threshold)
    report(
      'upperThreshold',
      `must be above threshold; write threshold: ${upperThreshold} and upperThreshold: ${threshold}`,
    );
  // A tolerance beside > and < has no meaning, but settings have always been allowed to have it.
  if (tolerance !== undefined && isRange)
    report('tolerance', 'belongs to equals, not_equals, changed and unchanged only; leave it out');
}

function checkCondition(condition: Leaf & Joins, context: z.RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [path], message });
  const joined = joins.filter((join) => condition[join] !== undefined);
  const compares = condition.metric !== undefined || condition.comparison !== undefined;
  if (joined.length + (compares ? 1 : 0) !== 1) {
    context.addIssue({
      code: 'custom',
      message: 'must have a metric and a comparison, or one of all, any and not',
    });
    return;
  }
  if (!compares) return;
  if (condition.metric === undefined) report('metric', 'is missing');
  if (condition.comparison === undefined) report('comparison', 'is missing');
  else if (condition.comparison === 'changed' || condition.comparison === 'unchanged')
    report('comparison', `${condition.comparison} is for a rule's own metric; compare with a threshold here`);
  else checkComparison(condition, report);
}
