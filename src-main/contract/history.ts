import { z } from 'zod';
import { sampleSchema, seriesSchema } from './sample.ts';
import type { Series } from './sample.ts';

/**
 * A time range of one series, in columns: entry i of every list belongs to `at[i]`. If several samples share an entry,
 * `min`, `avg` and `max` cover all of them and `at` is the beginning of the bucket. Buckets without samples are absent,
 * so a gap stays a gap.
 */
export const seriesHistorySchema = z
  .object({
    series: seriesSchema,
    from: z.number(),
    to: z.number(),
    /** Width of a bucket in milliseconds; 0 if every entry is one sample. */
    bucketMs: z.number(),
    at: z.array(z.number()),
    min: z.array(z.number()),
    avg: z.array(z.number()),
    max: z.array(z.number()),
  })
  .meta({ id: 'SeriesHistory' });
export type SeriesHistory = z.infer<typeof seriesHistorySchema>;

/** Which time range to read, and the most points to return. Times are epoch milliseconds; `to` is excluded. */
export interface HistoryQuery {
  host: string;
  source: string;
  metric: string;
  labels: Record<string, string>;
  from: number;
  to: number;
  points: number;
}

/** Summary of a series over the whole range, independent of the points shown. `last` is null if only roll-ups are kept. */
export const historySummarySchema = z
  .object({
    min: z.number(),
    avg: z.number(),
    max: z.number(),
    last: z.number().nullable(),
    lastAt: z.number().nullable(),
  })
  .meta({ id: 'HistorySummary' });
export type HistorySummary = z.infer<typeof historySummarySchema>;

/** A time range with its summary, which is null if there is no sample in it. */
export const seriesRangeSchema = seriesHistorySchema
  .extend({ summary: historySummarySchema.nullable() })
  .meta({ id: 'SeriesRange' });
export type SeriesRange = z.infer<typeof seriesRangeSchema>;

/** Most series in one request. */
export const mostSeriesAtOnce = 24;
/** Upper bound of the points per series: more than any chart has pixels. */
export const mostPoints = 5000;

/** The same time range of several series. */
export interface RangesQuery {
  series: Series[];
  from: number;
  to: number;
  points: number;
}

/** Raw samples of several series, oldest first, with `from` ≤ time < `to`. */
export const samplesPageSchema = z
  .object({
    from: z.number(),
    to: z.number(),
    series: z.array(z.object({ series: seriesSchema, at: z.array(z.number()), values: z.array(z.number()) })),
    /** `from` of the next page if this page ends early; null if it is the last. */
    next: z.number().nullable(),
  })
  .meta({ id: 'SamplesPage' });
export type SamplesPage = z.infer<typeof samplesPageSchema>;

/** Words are searched in host, source, metric and labels; case does not matter. */
export interface SeriesSearch {
  host?: string | undefined;
  source?: string | undefined;
  metric?: string | undefined;
  text?: string | undefined;
  offset: number;
  limit: number;
}

/** A page of the series in history, ordered by host, source, metric and labels. */
export const seriesPageSchema = z
  .object({
    series: z.array(seriesSchema),
    /** Number of series on all pages. */
    total: z.number(),
    /** `offset` of the next page; null if this is the last. */
    next: z.number().nullable(),
  })
  .meta({ id: 'SeriesPage' });
export type SeriesPage = z.infer<typeof seriesPageSchema>;

/** A page of the newest sample of each series, in the same order. */
export const latestPageSchema = z
  .object({ samples: z.array(sampleSchema), total: z.number(), next: z.number().nullable() })
  .meta({ id: 'LatestPage' });
export type LatestPage = z.infer<typeof latestPageSchema>;

export const rankings = ['min', 'avg', 'max', 'last'] as const;
export type Ranking = (typeof rankings)[number];

/** Asks for the series of a metric with the highest values in a time range, highest first. */
export interface TopQuery {
  metric: string;
  host?: string | undefined;
  source?: string | undefined;
  by: Ranking;
  from: number;
  to: number;
  limit: number;
}

export const topSeriesSchema = z
  .object({
    entries: z.array(z.object({ series: seriesSchema, summary: historySummarySchema })),
    /** Number of series of the metric with samples in the range. */
    total: z.number(),
  })
  .meta({ id: 'TopSeries' });
export type TopSeries = z.infer<typeof topSeriesSchema>;

/** A period without samples of a host, and why: it was `asleep` (or Plimsoll was stopped), or Plimsoll was `off`. */
export const interruptionSchema = z
  .object({ from: z.number(), to: z.number(), why: z.enum(['asleep', 'off']) })
  .meta({ id: 'Interruption' });
export type Interruption = z.infer<typeof interruptionSchema>;
