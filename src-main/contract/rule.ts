import { z } from 'zod';
import { comparisonSchema, conditionShape } from './condition.ts';
import { nameSchema, tagsSchema } from './fields.ts';
import { checkRule } from './rule-check.ts';
import { labelsSchema } from './sample.ts';

export { comparisonSchema } from './condition.ts';
export type { Comparison } from './condition.ts';

export const severitySchema = z.enum(['warning', 'critical']).meta({ id: 'Severity' });
export type Severity = z.infer<typeof severitySchema>;

const wholeNumber = z.int('must be a whole number');

/** The aggregate of the samples in a window. */
export const windowFunctionSchema = z
  .enum(['avg', 'min', 'max', 'sum', 'p95', 'rate', 'delta'])
  .meta({ id: 'WindowFunction' });
export type WindowFunction = z.infer<typeof windowFunctionSchema>;

const windowSchema = z
  .strictObject({
    function: windowFunctionSchema.meta({
      title: 'Function',
      description: '`rate` is the change per second, `delta` the change, `p95` what 95 % do not exceed.',
    }),
    seconds: wholeNumber.min(1).max(86_400).meta({ title: 'Length', unit: 'seconds' }),
  })
  .meta({
    id: 'RuleWindow',
    title: 'Window',
    description:
      'What is judged is made of the samples of the last so many seconds, once they are all there.',
    advanced: true,
  });
export type RuleWindow = z.infer<typeof windowSchema>;

/** A pattern: `*` matches any text, `?` any one character, `!` in front negates it, a backslash escapes a character. */
const patternSchema = z.string().min(1, 'a pattern is not empty; write * for anything').max(200);

const noDataSchema = z
  .strictObject({
    policy: z.enum(['ignore', 'alert', 'resolve']).default('alert').meta({
      title: 'Then',
      description:
        '`alert`: an alert of its own fires. `resolve`: what fires is over. `ignore`: everything stays as it is.',
    }),
    afterSeconds: wholeNumber
      .min(10)
      .max(30 * 86_400)
      .default(300)
      .meta({ title: 'After', unit: 'seconds' }),
  })
  .meta({
    id: 'NoDataPolicy',
    title: 'No data',
    description: 'What happens when no sample comes for so long. Without it everything stays as it is.',
    advanced: true,
  });

const sourceErrorSchema = z
  .strictObject({
    policy: z
      .enum(['ignore', 'alert'])
      .default('alert')
      .meta({ title: 'Then', description: '`alert`: an alert of its own fires.' }),
    afterSeconds: wholeNumber.min(0).max(86_400).default(60).meta({ title: 'After', unit: 'seconds' }),
  })
  .meta({
    id: 'SourceErrorPolicy',
    title: 'Source fails',
    description: 'What happens when the source has failed for so long. An error is never a violation.',
    advanced: true,
  });

const forecastSchema = z
  .strictObject({
    withinDays: z.number().positive('must be more than 0').max(365).meta({ title: 'Within', unit: 'days' }),
    overDays: z.number().min(0.25).max(90).default(7).meta({
      title: 'From the trend of',
      unit: 'days',
      description: 'How far back the trend is taken from.',
    }),
  })
  .meta({
    id: 'Forecast',
    title: 'Forecast',
    description:
      'Judges where the value will be when its trend goes on. Silent while it is flat or moves away.',
    advanced: true,
  });

const baselineSchema = z
  .strictObject({
    quantile: z.number().min(0.5).max(1).default(0.99).meta({
      title: 'Quantile',
      description: 'Usual is what so large a part of the samples did not exceed, or fall below.',
    }),
    weeks: wholeNumber
      .min(2)
      .max(12)
      .default(4)
      .meta({ title: 'Weeks', description: 'How far back usual is taken from.' }),
    margin: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .meta({ title: 'Margin', description: 'How far beyond, as a part of what is usual: 0.1 is a tenth.' }),
  })
  .meta({
    id: 'Baseline',
    title: 'Baseline',
    description: 'Instead of a threshold: what is usual for this hour of the week (UTC).',
    advanced: true,
  });

const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'an id is 1 to 64 small letters, digits and hyphens');

/** The fields of a rule, in the order in which they are written. */
export const ruleShape = {
  id: idSchema.meta({
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
    description:
      'Strict: exactly >, < or =. `between` has its bounds inside, `outside` has them not. A value that is missing never violates.',
  }),
  threshold: conditionShape.threshold,
  upperThreshold: conditionShape.upperThreshold,
  tolerance: conditionShape.tolerance,
  criticalThreshold: conditionShape.threshold.meta({
    title: 'Critical threshold',
    description: 'A second line further out: what crosses it for as long is critical.',
    advanced: true,
  }),
  consecutiveViolations: wholeNumber.min(1).max(10_000).default(1).meta({
    title: 'Consecutive violations',
    description: 'How many samples in a row must violate before the alert fires.',
  }),
  violationsOf: wholeNumber.min(2).max(120).optional().meta({
    title: 'Of the last samples',
    description: 'Not in a row, but among the last so many samples.',
    advanced: true,
  }),
  forSeconds: wholeNumber
    .min(0)
    .max(7 * 86_400)
    .optional()
    .meta({
      title: 'For',
      unit: 'seconds',
      description: 'How long it must be violated without a break before the alert fires.',
      advanced: true,
    }),
  recoveryThreshold: conditionShape.threshold.meta({
    title: 'Recovery threshold',
    description:
      'What fires is over only when the value is back behind this line. It never makes anything fire.',
    advanced: true,
  }),
  clearAfterSeconds: wholeNumber.min(0).max(86_400).optional().meta({
    title: 'Clear after',
    unit: 'seconds',
    description: 'What fires is over only when the value has been back for so long without a break.',
    advanced: true,
  }),
  severity: severitySchema.default('warning').meta({ title: 'Severity' }),
  cooldownSeconds: wholeNumber
    .min(0)
    .max(7 * 86_400)
    .default(600)
    .meta({
      title: 'Cooldown',
      unit: 'seconds',
      description:
        'After an announcement the same rule, host and labels stay quiet for this long. History and exports still record.',
    }),
  remindEverySeconds: wholeNumber
    .min(60)
    .max(30 * 86_400)
    .optional()
    .meta({
      title: 'Remind every',
      unit: 'seconds',
      description:
        'While it fires, tells of it again so often, until somebody acknowledges it. Without it, nobody is reminded.',
      advanced: true,
    }),
  announceEveryChange: z.boolean().optional().meta({
    title: 'Announce every change',
    description:
      'Also what fires for the fourth time within an hour, which is otherwise told once as flapping.',
    advanced: true,
  }),
  parents: z
    .array(idSchema)
    .min(1, 'name at least one rule, or leave `parents` out')
    .max(20)
    .optional()
    .meta({
      title: 'Parents',
      description:
        'Ids of rules of whose alerts this one is a consequence: while one of them fires on the same host, it is not announced.',
      advanced: true,
    }),
  tags: tagsSchema.optional().meta({
    title: 'Tags',
    description: 'Words by which destinations and downtimes choose, such as `production`.',
    advanced: true,
  }),
  labels: z
    .record(z.string().min(1).max(200), patternSchema)
    .refine((labels) => Object.keys(labels).length <= 20, 'at most 20 labels')
    .optional()
    .meta({
      title: 'Labels',
      description:
        'Watches every series whose labels fit, each by itself: `*` any text, `?` any one character, `!` in front for "is not". Without it, the series without labels.',
      advanced: true,
    }),
  hosts: z
    .array(patternSchema)
    .min(1, 'name at least one host, or leave `hosts` out')
    .max(100)
    .optional()
    .meta({
      title: 'Hosts',
      description:
        'Names or patterns of hosts; a pattern with `!` in front takes hosts out. Without it, every host.',
      advanced: true,
    }),
  hostTags: z
    .array(patternSchema)
    .min(1, 'name at least one tag, or leave `hostTags` out')
    .max(50)
    .optional()
    .meta({
      title: 'Tags of hosts',
      description:
        'Judges the hosts that have one of these tags, new ones too: words or patterns, such as `production` or `role:*`; a pattern with `!` in front takes hosts out. Beside `hosts` both must fit.',
      advanced: true,
    }),
  judgedBy: z.enum(['hub', 'agent']).optional().meta({
    title: 'Judged by',
    description:
      '`hub`: this Plimsoll, as without it. `agent`: the machines themselves, where their agents take rules from this hub; those of all other hosts are judged here.',
    advanced: true,
  }),
  window: windowSchema.optional(),
  expression: z.string().min(1).max(500).optional().meta({
    title: 'Expression',
    description:
      'Arithmetic instead of the value alone: numbers, `value`, metrics (`memory_used`, `"web server".latency_ms`), + - * / ( ), min, max, abs.',
    advanced: true,
  }),
  all: conditionShape.all,
  any: conditionShape.any,
  not: conditionShape.not,
  forecast: forecastSchema.optional(),
  baseline: baselineSchema.optional(),
  noData: noDataSchema.optional(),
  onSourceError: sourceErrorSchema.optional(),
};

/** A rule: a condition on matching series, how long it must hold, how it recovers, and how urgently it is announced. */
export const ruleSchema = z.strictObject(ruleShape).superRefine(checkRule).meta({ id: 'Rule' });
export type Rule = z.infer<typeof ruleSchema>;

const { comparison, upperThreshold, forSeconds, violationsOf, window, expression, forecast, baseline } =
  ruleShape;
/**
 * Terms of the rule that an alert copies besides the threshold, so that it can be described after the rule was changed
 * or removed.
 */
export const ruleTermsShape = {
  comparison,
  upperThreshold,
  forSeconds,
  violationsOf,
  window,
  expression,
  forecast,
  baseline,
};

/** State of one rule on one series. `recovering`: it still fires, but its value is back in range. */
export const phaseSchema = z
  .enum(['ok', 'pending', 'firing', 'recovering', 'no_data', 'error'])
  .meta({ id: 'RulePhase' });
export type Phase = z.infer<typeof phaseSchema>;

/** Current state of one rule on one series. */
export const ruleStatusSchema = z
  .object({
    ruleId: z.string(),
    host: z.string(),
    labels: labelsSchema,
    phase: phaseSchema,
    /** Consecutive violations up to `lastAt`; with `violationsOf`, those among the last samples. */
    violations: z.number(),
    /** Sample time of the first of these violations; null if there is none. */
    since: z.number().nullable(),
    lastValue: z.number().nullable(),
    lastAt: z.number().nullable(),
  })
  .meta({ id: 'RuleStatus' });
export type RuleStatus = z.infer<typeof ruleStatusSchema>;
