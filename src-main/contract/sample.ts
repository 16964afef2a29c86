import { z } from 'zod';

/** Names and values that distinguish the series of a metric, such as `{ mount: "/data" }`. */
export const labelsSchema = z.record(z.string(), z.string()).meta({ id: 'Labels' });
export type Labels = z.infer<typeof labelsSchema>;

/** Identity of a series: the fields that all its samples share. */
export const seriesSchema = z
  .object({
    host: z.string(),
    source: z.string(),
    metric: z.string(),
    labels: labelsSchema,
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof seriesSchema>;

/** One number. `at` is epoch milliseconds, UTC. A value that could not be read is absent, never 0. */
export const sampleSchema = seriesSchema.extend({ value: z.number(), at: z.number() }).meta({ id: 'Sample' });
export type Sample = z.infer<typeof sampleSchema>;

/** A number as its source returned it. Host, source and time are stored once, in the reading. */
export const measurementSchema = z
  .object({ metric: z.string(), labels: labelsSchema, value: z.number() })
  .meta({ id: 'Measurement' });
export type Measurement = z.infer<typeof measurementSchema>;

/** Why a source returned nothing, or only a part. */
export const readingErrorSchema = z
  .object({ code: z.string(), message: z.string() })
  .meta({ id: 'ReadingError' });
export type ReadingError = z.infer<typeof readingErrorSchema>;

/**
 * The result of one collection of one source: samples, a coded error, or both if only a part could be read. `at` is the
 * wall clock at the beginning of the collection, in epoch milliseconds; `durationMs` is monotonic.
 */
export const readingSchema = z
  .object({
    host: z.string(),
    source: z.string(),
    at: z.number(),
    durationMs: z.number(),
    samples: z.array(measurementSchema),
    error: readingErrorSchema.nullable(),
  })
  .meta({ id: 'Reading' });
export type Reading = z.infer<typeof readingSchema>;
