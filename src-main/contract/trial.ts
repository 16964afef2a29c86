import { z } from 'zod';
import { metricDefinitionSchema } from './metric.ts';
import { measurementSchema, readingErrorSchema } from './sample.ts';

/** The result of sampling a source once with the options in its form, saved or not: every number with its meaning. */
export const sampleTrialSchema = z
  .object({
    at: z.number(),
    durationMs: z.number(),
    samples: z.array(measurementSchema.extend({ definition: metricDefinitionSchema.nullable() })),
    error: readingErrorSchema.nullable(),
  })
  .meta({ id: 'SampleTrial' });
export type SampleTrial = z.infer<typeof sampleTrialSchema>;

/** The result of a test message with the options in a destination's form, saved or not, and the real answer. */
export const deliveryTrialSchema = z
  .object({
    arrived: z.boolean(),
    /** The answer of the other side, or the error and how to mend it. */
    said: z.string(),
    /** The dialogue with the other side, line by line, without secrets. */
    transcript: z.array(z.string()),
    durationMs: z.number(),
  })
  .meta({ id: 'DeliveryTrial' });
export type DeliveryTrial = z.infer<typeof deliveryTrialSchema>;

/** The message that a destination would send, rendered. */
export const previewSchema = z
  .object({
    /** The alert used for the preview; null for an invented one, if there is no alert yet. */
    of: z.object({ id: z.string(), firedAt: z.number(), ruleName: z.string(), host: z.string() }).nullable(),
    /** The parts of the message, in reading order. */
    parts: z.array(z.object({ name: z.enum(['title', 'text', 'body']), text: z.string() })),
  })
  .meta({ id: 'Preview' });
export type Preview = z.infer<typeof previewSchema>;
