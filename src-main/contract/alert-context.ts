import { z } from 'zod';
import { unitSchema } from './metric.ts';
import { labelsSchema } from './sample.ts';
import { programChangeSchema } from './top-programs.ts';

/** What a context holds at most: it travels with every message and stays as long as its alert. */
export const contextBounds = { values: 10, programs: 5, metrics: 12, nameCharacters: 64, labels: 8 } as const;

const momentSchema = z.object({ at: z.number(), value: z.number() });

/** What is usual of a series: nearly all of its samples of the last day were in it. */
export const usualRangeSchema = z.object({ low: z.number(), high: z.number() }).meta({ id: 'UsualRange' });
export type UsualRange = z.infer<typeof usualRangeSchema>;

/** Another metric of the same host as it was at that moment. */
const companionSchema = z.object({
  source: z.string(),
  metric: z.string(),
  labels: labelsSchema,
  unit: unitSchema,
  value: z.number(),
  at: z.number(),
  /** Left out where history can not say it. */
  usual: usualRangeSchema.optional(),
  /** Whether the value was clearly outside of it; left out with it. */
  isUnusual: z.boolean().optional(),
});
export type Companion = z.infer<typeof companionSchema>;

/** How the machine was doing. Whatever is not known, or is nothing special, is left out. */
const hostStateSchema = z.object({
  onBattery: z.boolean().optional(),
  batteryPercent: z.number().optional(),
  /** It had slept until shortly before: when it was back, epoch milliseconds, and for how long. */
  resumed: z.object({ at: z.number(), sleptMs: z.number() }).optional(),
  /** When the machine was started, if that was shortly before; and Plimsoll. */
  bootedAt: z.number().optional(),
  plimsollStartedAt: z.number().optional(),
  /** Over one, five and fifteen minutes, and how many processors share it. */
  load: z.object({ averages: z.array(z.number()).length(3), processors: z.number() }).optional(),
});
export type HostState = z.infer<typeof hostStateSchema>;

/** Which programs a violation points at: by what its metric is about. */
export const programMeasureSchema = z.enum(['cpu', 'memory', 'both']);
export type ProgramMeasure = z.infer<typeof programMeasureSchema>;

/**
 * What was going on when an alert began to fire, or became critical. What the monitor knew by itself is there from the
 * first moment; what it had to ask others for follows within two seconds, or never where they did not answer.
 */
export const alertContextSchema = z
  .object({
    /** The time of the transition, epoch milliseconds. */
    at: z.number(),
    /** The rule in words, as it judged. */
    rule: z.string(),
    /** The last values that were judged before it, oldest first; none where no value made it fire. */
    values: z.array(momentSchema).max(contextBounds.values),
    /** What ran, most used first, with what it used up to ten minutes before. Left out where nobody knows. */
    programs: z
      .object({
        at: z.number(),
        measure: programMeasureSchema,
        byCpu: z.array(programChangeSchema).max(contextBounds.programs).optional(),
        byMemory: z.array(programChangeSchema).max(contextBounds.programs).optional(),
      })
      .optional(),
    /** Those out of their usual range come first, the furthest out before the others. */
    others: z.array(companionSchema).max(contextBounds.metrics),
    host: hostStateSchema,
    /** Whether everybody who was asked has answered, or has let the time for it pass. */
    isComplete: z.boolean(),
  })
  .meta({ id: 'AlertContext' });
export type AlertContext = z.infer<typeof alertContextSchema>;
