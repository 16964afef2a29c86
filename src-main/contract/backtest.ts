import { z } from 'zod';
import { alertCauseSchema, transitionReasonSchema } from './alert.ts';
import { severitySchema } from './rule.ts';
import { labelsSchema } from './sample.ts';

/** What counts as short: an alert that was over before anybody could have done something. */
export const shortMs = 2 * 60_000;

/** A stretch in which a rule would have fired. Times are epoch milliseconds. */
export const backtestPeriodSchema = z
  .object({
    host: z.string(),
    labels: labelsSchema,
    cause: alertCauseSchema,
    /** When the first of the violations was sampled, or the last sample came. */
    since: z.number(),
    from: z.number(),
    /** Null while it fires still at the end. */
    to: z.number().nullable(),
    severity: severitySchema,
    worst: z.number().nullable(),
    /** Why it would have been over; null while it is not. */
    endReason: transitionReasonSchema.nullable(),
  })
  .meta({ id: 'BacktestPeriod' });

/** How often it would have fired if it had to hold for this long. */
export const backtestAlternativeSchema = z
  .object({ forSeconds: z.number(), count: z.number() })
  .meta({ id: 'BacktestAlternative' });
export type BacktestAlternative = z.infer<typeof backtestAlternativeSchema>;

/** One series that the rule would have judged. */
export const backtestSeriesSchema = z
  .object({
    host: z.string(),
    labels: labelsSchema,
    /** How many samples of it are known. */
    samples: z.number(),
    /** The first and the last of them, epoch milliseconds; null where there is none. */
    firstAt: z.number().nullable(),
    lastAt: z.number().nullable(),
    /** The least and the most of them. */
    least: z.number().nullable(),
    most: z.number().nullable(),
    /** How often it would have fired on a violation, and for how long altogether. */
    count: z.number(),
    firingMs: z.number(),
  })
  .meta({ id: 'BacktestSeries' });
export type BacktestSeries = z.infer<typeof backtestSeriesSchema>;

/** What a rule would have done over a stretch of history. */
export const backtestSchema = z
  .object({
    from: z.number(),
    to: z.number(),
    /** How often it would have fired on a violation; how many of these were over within two minutes. */
    count: z.number(),
    short: z.number(),
    /** How often no data would have been an alert. */
    noData: z.number(),
    /** The newest ones, newest first; `periodsLeftOut` tells how many more there are. */
    periods: z.array(backtestPeriodSchema),
    periodsLeftOut: z.number(),
    /** Those that it would have judged, the one that fired most first; `seriesLeftOut` tells how many were not looked at. */
    series: z.array(backtestSeriesSchema),
    seriesLeftOut: z.number(),
    /** Time without a sample of its source, such as while the machine slept, in milliseconds. */
    withoutSamplesMs: z.number(),
    /** The same rule for longer; empty where it never fired, or where a time means nothing to it. */
    alternatives: z.array(backtestAlternativeSchema),
  })
  .meta({ id: 'Backtest' });
export type Backtest = z.infer<typeof backtestSchema>;

/** A threshold or a time at which a rule would have fired about as often as wanted. */
export const suggestionSchema = z
  .object({
    /** Null where no threshold, or no time, comes near. */
    threshold: z.object({ value: z.number(), count: z.number() }).nullable(),
    duration: backtestAlternativeSchema.nullable(),
    /** How often it would fire as it is. */
    count: z.number(),
    /** How often is wanted in this stretch. */
    wanted: z.number(),
    from: z.number(),
    to: z.number(),
    /** Why there is nothing to propose; null where there is something. */
    nothing: z.enum(['no_samples', 'flat', 'no_threshold', 'already']).nullable(),
  })
  .meta({ id: 'Suggestion' });
export type Suggestion = z.infer<typeof suggestionSchema>;
