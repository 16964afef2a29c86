import { z } from 'zod';
import { alertSchema } from './alert.ts';
import { ruleStatusSchema } from './rule.ts';
import { readingErrorSchema, sampleSchema } from './sample.ts';

/** How one source is doing. A source that was never sampled has only nulls and zero counts. */
export const sourceHealthSchema = z
  .object({
    source: z.string(),
    kind: z.string(),
    enabled: z.boolean(),
    intervalSeconds: z.number(),
    lastSuccessAt: z.number().nullable(),
    lastErrorAt: z.number().nullable(),
    /** The error of the last collection; null when the last collection succeeded. */
    error: readingErrorSchema.nullable(),
    durationMs: z.number().nullable(),
    /** Ticks that were skipped because the collection before had not ended or no worker was free. */
    missedRuns: z.number(),
    /** Units of metrics that belong to no kind, as the sender of the numbers wrote them; see `unitNamed`. */
    units: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'SourceHealth' });
export type SourceHealth = z.infer<typeof sourceHealthSchema>;

export const stageNameSchema = z.enum(['collectors', 'history']).meta({ id: 'StageName' });
export type StageName = z.infer<typeof stageNameSchema>;

/** How one child process is doing. `degraded`: it died too often and waits for a retry by hand. */
export const stageHealthSchema = z
  .object({
    stage: stageNameSchema,
    state: z.enum(['starting', 'running', 'restarting', 'degraded', 'stopped']),
    pid: z.number().nullable(),
    since: z.number(),
    /** How often it has died since the monitor started. */
    deaths: z.number(),
    /** What is wrong with it, in words; null when nothing is. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'StageHealth' });
export type StageHealth = z.infer<typeof stageHealthSchema>;

/** What Plimsoll itself costs, all its processes together. Null where the system does not tell. */
export const ownCostSchema = z
  .object({ at: z.number(), cpuPercent: z.number().nullable(), memoryBytes: z.number().nullable() })
  .meta({ id: 'OwnCost' });
export type OwnCost = z.infer<typeof ownCostSchema>;

/** The one sentence: the worst of everything that is known. */
export const levelSchema = z.enum(['ok', 'warning', 'critical', 'unknown']).meta({ id: 'Level' });
export type Level = z.infer<typeof levelSchema>;

/** Everything a first look needs, in one answer. */
export const statusSchema = z
  .object({
    version: z.string(),
    host: z.string(),
    at: z.number(),
    startedAt: z.number(),
    level: levelSchema,
    sources: z.array(sourceHealthSchema),
    /** The newest sample of every series of enabled sources. */
    latest: z.array(sampleSchema),
    /** Where each rule stands on each of its series. */
    rules: z.array(ruleStatusSchema),
    /** Alerts that are firing, worst first. */
    alerts: z.array(alertSchema),
    stages: z.array(stageHealthSchema),
    ownCost: ownCostSchema.nullable(),
    /** Until when nothing is announced, epoch milliseconds; null while there is no pause. */
    pausedUntil: z.number().nullable(),
    /** Downtimes that are going on, the one that ends first at the beginning. */
    downtimes: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        /** When it ends, epoch milliseconds. */
        to: z.number(),
        /** Whether it is about everything, and not only about some hosts, sources or rules. */
        everything: z.boolean(),
      }),
    ),
    /** Until when quiet hours hold what is not critical, epoch milliseconds; null outside of them. */
    quietUntil: z.number().nullable(),
    /** The last problem with the settings or a store that an owner should see; null when there is none. */
    notices: z.array(z.object({ id: z.string(), at: z.number(), message: z.string() })),
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof statusSchema>;
