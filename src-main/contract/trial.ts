import { z } from 'zod';
import { metricDefinitionSchema } from './metric.ts';
import { measurementSchema, readingErrorSchema } from './sample.ts';

/** One collection of a source as it is written in its form, saved or not: every number found, with its meaning. */
export const sampleTrialSchema = z
  .object({
    at: z.number(),
    durationMs: z.number(),
    samples: z.array(measurementSchema.extend({ definition: metricDefinitionSchema.nullable() })),
    error: readingErrorSchema.nullable(),
  })
  .meta({ id: 'SampleTrial' });
export type SampleTrial = z.infer<typeof sampleTrialSchema>;

/** One test message to a destination as it is written in its form, saved or not, and what the other side really said. */
export const deliveryTrialSchema = z
  .object({
    arrived: z.boolean(),
    /** What the other side answered, or what went wrong and how to mend it. */
    said: z.string(),
    /** What was said and answered, line by line, secrets struck out. */
    transcript: z.array(z.string()),
    durationMs: z.number(),
  })
  .meta({ id: 'DeliveryTrial' });
export type DeliveryTrial = z.infer<typeof deliveryTrialSchema>;

/** What a destination would say. */
export const previewSchema = z
  .object({
    /** The alert that it is about; null for an invented one, where there was none yet. */
    of: z.object({ id: z.string(), firedAt: z.number(), ruleName: z.string(), host: z.string() }).nullable(),
    /** One by one, in the order in which they are read. */
    parts: z.array(z.object({ name: z.enum(['title', 'text', 'body']), text: z.string() })),
  })
  .meta({ id: 'Preview' });
export type Preview = z.infer<typeof previewSchema>;
