import { z } from 'zod';
import { seriesSchema } from './sample.ts';

/**
 * A stretch of one series, in columns: entry i of every list belongs to `at[i]`. Where several samples share an
 * entry, `min`, `avg` and `max` are theirs and `at` is the beginning of the bucket. A bucket without samples is
 * left out: a gap is a gap.
 */
export const seriesHistorySchema = z
  .object({
    series: seriesSchema,
    from: z.number(),
    to: z.number(),
    /** Width of a bucket in milliseconds; 0 when every entry is one sample. */
    bucketMs: z.number(),
    at: z.array(z.number()),
    min: z.array(z.number()),
    avg: z.array(z.number()),
    max: z.array(z.number()),
  })
  .meta({ id: 'SeriesHistory' });
export type SeriesHistory = z.infer<typeof seriesHistorySchema>;

/** Which stretch is wanted, and in how many points at most. Times are epoch milliseconds; `to` is not included. */
export interface HistoryQuery {
  host: string;
  source: string;
  metric: string;
  labels: Record<string, string>;
  from: number;
  to: number;
  points: number;
}
