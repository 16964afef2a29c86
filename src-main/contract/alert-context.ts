import { z } from 'zod';
import { unitSchema } from './metric.ts';
import { labelsSchema } from './sample.ts';
import { programChangeSchema } from './top-programs.ts';

/** Upper bounds of a context. They are small because it travels with every message and is kept as long as its alert. */
export const contextBounds = { values: 10, programs: 5, metrics: 12, nameCharacters: 64, labels: 8 } as const;

const momentSchema = z.object({ at: z.number(), value: z.number() });

/** The usual range of a series: nearly all of its samples of the last day lie in it. */
export const usualRangeSchema = z.object({ low: z.number(), high: z.number() }).meta({ id: 'UsualRange' });
export type UsualRange = z.infer<typeof usualRangeSchema>;

/** The value of another metric of the same host at that moment. */
const companionSchema = z.object({
  source: z.string(),
  metric: z.string(),
  /** What the kind of its source calls it. Absent where none does. */
  title: z.string().optional(),
  labels: labelsSchema,
  unit: unitSchema,
  value: z.number(),
  at: z.number(),
  /** Absent if history has too little to tell. */
  usual: usualRangeSchema.optional(),
  /** Whether the value was clearly outside its usual range. Absent without `usual`. */
  isUnusual: z.boolean().optional(),
});
export type Companion = z.infer<typeof companionSchema>;

/** The state of the machine. Values that are unknown or unremarkable are absent. */
const hostStateSchema = z.object({
  onBattery: z.boolean().optional(),
  batteryPercent: z.number().optional(),
  /** Set if the machine woke shortly before: the time it resumed (epoch milliseconds) and how long it had slept. */
  resumed: z.object({ at: z.number(), sleptMs: z.number() }).optional(),
  /** When the machine, or Plimsoll, was started (epoch milliseconds), if that was shortly before. */
  bootedAt: z.number().optional(),
  plimsollStartedAt: z.number().optional(),
  /** Load averages over 1, 5 and 15 minutes, and the number of processors that share the load. */
  load: z.object({ averages: z.array(z.number()).length(3), processors: z.number() }).optional(),
});
export type HostState = z.infer<typeof hostStateSchema>;

/** The resource that the violated metric is about. It decides by which use the programs are ordered. */
export const programMeasureSchema = z.enum(['cpu', 'memory', 'both']);
export type ProgramMeasure = z.infer<typeof programMeasureSchema>;

/**
 * What happened on the host when an alert began to fire or became critical. Facts that the monitor has itself are there
 * at once. Facts it must ask other processes for follow within two seconds, or stay absent if they do not answer.
 */
export const alertContextSchema = z
  .object({
    /** Time of the transition, epoch milliseconds. */
    at: z.number(),
    /** The rule in words, as it was when it was evaluated. */
    rule: z.string(),
    /** The last evaluated values before the transition, oldest first. Empty if the alert did not fire because of a value. */
    values: z.array(momentSchema).max(contextBounds.values),
    /** Running programs, highest use first, each with its use up to ten minutes earlier. Absent if unknown. */
    programs: z
      .object({
        at: z.number(),
        measure: programMeasureSchema,
        byCpu: z.array(programChangeSchema).max(contextBounds.programs).optional(),
        byMemory: z.array(programChangeSchema).max(contextBounds.programs).optional(),
      })
      .optional(),
    /** Metrics outside their usual range come first, the furthest outside at the top. */
    others: z.array(companionSchema).max(contextBounds.metrics),
    host: hostStateSchema,
    /** True when every process that was asked has answered or its time limit has passed. */
    isComplete: z.boolean(),
  })
  .meta({ id: 'AlertContext' });
export type AlertContext = z.infer<typeof alertContextSchema>;
