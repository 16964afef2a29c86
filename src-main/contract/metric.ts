import { z } from 'zod';

/** What a number counts. The interface chooses digits, prefixes and locale; storage and API carry the plain number. */
export const unitSchema = z
  .enum([
    'percent',
    'bytes',
    'gibibytes',
    'bytes_per_second',
    'per_second',
    'milliseconds',
    'seconds',
    'celsius',
    'count',
    'none',
  ])
  .meta({ id: 'Unit' });
export type Unit = z.infer<typeof unitSchema>;

/** What a metric means, said once by the kind that produces it. */
export const metricDefinitionSchema = z
  .object({
    title: z.string(),
    unit: unitSchema,
    /** The value at which the level is full, where the metric has such a value: 100 for a percentage. */
    full: z.number().optional(),
    /** The labels that tell its series apart, such as `core`; without them it is one series. */
    labels: z.array(z.string()).optional(),
    help: z.string(),
  })
  .meta({ id: 'MetricDefinition' });
export type MetricDefinition = z.infer<typeof metricDefinitionSchema>;
