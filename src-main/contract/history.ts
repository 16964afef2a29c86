import { z } from 'zod';
import { sampleSchema, seriesSchema } from './sample.ts';
import type { Series } from './sample.ts';

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

/** What a series was over a whole stretch, whatever points it is shown in. `last` is null where only roll-ups are kept. */
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

/** A stretch with its summary, which is null where there is no sample in it. */
export const seriesRangeSchema = seriesHistorySchema
  .extend({ summary: historySummarySchema.nullable() })
  .meta({ id: 'SeriesRange' });
export type SeriesRange = z.infer<typeof seriesRangeSchema>;

/** So many series are asked for at once. */
export const mostSeriesAtOnce = 24;
/** More points than any chart has pixels. */
export const mostPoints = 5000;

/** One stretch of several series. */
export interface RangesQuery {
  series: Series[];
  from: number;
  to: number;
  points: number;
}

/** Single samples of several series, oldest first: all there are at `from` ≤ time < `to`. */
export const samplesPageSchema = z
  .object({
    from: z.number(),
    to: z.number(),
    series: z.array(z.object({ series: seriesSchema, at: z.array(z.number()), values: z.array(z.number()) })),
    /** Where the page ends before what was asked for: the `from` of the next one. Null when this is all. */
    next: z.number().nullable(),
  })
  .meta({ id: 'SamplesPage' });
export type SamplesPage = z.infer<typeof samplesPageSchema>;

/** Words are looked for in host, source, metric and labels; capitals do not count. */
export interface SeriesSearch {
  host?: string | undefined;
  source?: string | undefined;
  metric?: string | undefined;
  text?: string | undefined;
  offset: number;
  limit: number;
}

/** A page of the series that history knows, in the order of host, source, metric and labels. */
export const seriesPageSchema = z
  .object({
    series: z.array(seriesSchema),
    /** How many there are with those before and after. */
    total: z.number(),
    /** The `offset` of the next page; null when this is the last. */
    next: z.number().nullable(),
  })
  .meta({ id: 'SeriesPage' });
export type SeriesPage = z.infer<typeof seriesPageSchema>;

/** A page of newest samples, in the same order. */
export const latestPageSchema = z
  .object({ samples: z.array(sampleSchema), total: z.number(), next: z.number().nullable() })
  .meta({ id: 'LatestPage' });
export type LatestPage = z.infer<typeof latestPageSchema>;

export const rankings = ['min', 'avg', 'max', 'last'] as const;
export type Ranking = (typeof rankings)[number];

/** The series of a metric that are highest in a stretch, highest first. */
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
    /** How many series of the metric have samples in the stretch. */
    total: z.number(),
  })
  .meta({ id: 'TopSeries' });
export type TopSeries = z.infer<typeof topSeriesSchema>;

/** When a host sampled nothing, and why: it was `asleep` (or Plimsoll was stopped), or Plimsoll was `off`. */
export const interruptionSchema = z
  .object({ from: z.number(), to: z.number(), why: z.enum(['asleep', 'off']) })
  .meta({ id: 'Interruption' });
export type Interruption = z.infer<typeof interruptionSchema>;
