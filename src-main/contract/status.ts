import { z } from 'zod';
import { alertSchema } from './alert.ts';
import { ruleStatusSchema } from './rule.ts';
import { readingErrorSchema, sampleSchema } from './sample.ts';

/** Health of one source. A source that was never sampled has only nulls and zero counts. */
export const sourceHealthSchema = z
  .object({
    source: z.string(),
    kind: z.string(),
    enabled: z.boolean(),
    intervalSeconds: z.number(),
    lastSuccessAt: z.number().nullable(),
    lastErrorAt: z.number().nullable(),
    /** The error of the last collection; null if it succeeded. */
    error: readingErrorSchema.nullable(),
    durationMs: z.number().nullable(),
    /** Ticks that were skipped because the previous collection had not ended or no worker was free. */
    missedRuns: z.number(),
    /** Units as the sender wrote them, by metric, for metrics that no kind defines; see `unitNamed`. */
    units: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'SourceHealth' });
export type SourceHealth = z.infer<typeof sourceHealthSchema>;

export const stageNameSchema = z.enum(['collectors', 'history']).meta({ id: 'StageName' });
export type StageName = z.infer<typeof stageNameSchema>;

/** Health of one child process. `degraded`: it crashed too often and waits for a manual retry. */
export const stageHealthSchema = z
  .object({
    stage: stageNameSchema,
    state: z.enum(['starting', 'running', 'restarting', 'degraded', 'stopped']),
    pid: z.number().nullable(),
    since: z.number(),
    /** Number of crashes since the monitor started. */
    deaths: z.number(),
    /** Description of the problem; null if there is none. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'StageHealth' });
export type StageHealth = z.infer<typeof stageHealthSchema>;

/** Resource use of all processes of Plimsoll together. Null if the system does not report it. */
export const ownCostSchema = z
  .object({ at: z.number(), cpuPercent: z.number().nullable(), memoryBytes: z.number().nullable() })
  .meta({ id: 'OwnCost' });
export type OwnCost = z.infer<typeof ownCostSchema>;

/** The overall state: the worst of all known facts. */
export const levelSchema = z.enum(['ok', 'warning', 'critical', 'unknown']).meta({ id: 'Level' });
export type Level = z.infer<typeof levelSchema>;

/** Everything that an overview needs, in one answer. */
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
    /** State of each rule on each of its series. */
    rules: z.array(ruleStatusSchema),
    /** Firing alerts, worst first. */
    alerts: z.array(alertSchema),
    stages: z.array(stageHealthSchema),
    ownCost: ownCostSchema.nullable(),
    /** End of the pause, epoch milliseconds; null if there is no pause. */
    pausedUntil: z.number().nullable(),
    /** Active downtimes, the one that ends first at the beginning. */
    downtimes: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        /** When it ends, epoch milliseconds. */
        to: z.number(),
        /** Whether it covers everything, and not only certain hosts, sources or rules. */
        everything: z.boolean(),
      }),
    ),
    /** End of the current quiet hours, epoch milliseconds; null outside them. */
    quietUntil: z.number().nullable(),
    /** Problems with the settings or a store that the owner should see, at most one for each `id`. */
    notices: z.array(z.object({ id: z.string(), at: z.number(), message: z.string() })),
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof statusSchema>;
