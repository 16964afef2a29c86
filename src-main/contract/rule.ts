import { z } from 'zod';
import { exactNumberSchema, nameSchema } from './fields.ts';
import { labelsSchema } from './sample.ts';

export const severitySchema = z.enum(['warning', 'critical']).meta({ id: 'Severity' });
export type Severity = z.infer<typeof severitySchema>;

export const comparisonSchema = z.enum(['greater_than', 'less_than', 'equals']).meta({ id: 'Comparison' });
export type Comparison = z.infer<typeof comparisonSchema>;

/** A condition on the series of one metric, and how calmly to take it. */
export const ruleSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'an id is 1 to 64 small letters, digits and hyphens')
      .meta({
        title: 'Id',
        description: 'Never changes, so that history keeps its rule when the name changes.',
      }),
    name: nameSchema.meta({ title: 'Name' }),
    enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
    source: nameSchema.meta({
      title: 'Source',
      description: 'The name of the source whose samples are judged.',
    }),
    metric: z.string().min(1).max(200).meta({ title: 'Metric' }),
    comparison: comparisonSchema.meta({
      title: 'Comparison',
      description: 'Strict: exactly >, < or =. A value that is missing never violates.',
    }),
    threshold: exactNumberSchema.meta({ title: 'Threshold' }),
    tolerance: exactNumberSchema
      .refine((value) => value >= 0, 'a tolerance is not negative')
      .optional()
      .meta({
        title: 'Tolerance',
        description: 'For `equals`: how far a value may be away and still count as equal.',
      }),
    consecutiveViolations: z.int('must be a whole number').min(1).max(10_000).default(1).meta({
      title: 'Consecutive violations',
      description: 'How many samples in a row must violate before the alert fires.',
    }),
    severity: severitySchema.default('warning').meta({ title: 'Severity' }),
    cooldownSeconds: z
      .int('must be a whole number')
      .min(0)
      .max(7 * 86_400)
      .default(600)
      .meta({
        title: 'Cooldown',
        unit: 'seconds',
        description:
          'After an announcement the same rule, host and labels stay quiet for this long. History and exports still record.',
      }),
  })
  .meta({ id: 'Rule' });
export type Rule = z.infer<typeof ruleSchema>;

/** Where one rule stands on one series right now. */
export const ruleStatusSchema = z
  .object({
    ruleId: z.string(),
    host: z.string(),
    labels: labelsSchema,
    phase: z.enum(['ok', 'pending', 'firing']),
    /** Violations in a row up to `lastAt`. */
    violations: z.number(),
    /** Time of the first of these violations; null while there is none. */
    since: z.number().nullable(),
    lastValue: z.number().nullable(),
    lastAt: z.number().nullable(),
  })
  .meta({ id: 'RuleStatus' });
export type RuleStatus = z.infer<typeof ruleStatusSchema>;
