import { z } from 'zod';
import { alertSchema, transitionSchema } from './alert.ts';
import { deliverySchema } from './delivery.ts';
import { ruleStatusSchema } from './rule.ts';
import { readingSchema } from './sample.ts';
import { ownCostSchema, sourceHealthSchema, stageHealthSchema } from './status.ts';

/** A gap in time, found by comparing the wall clock with the monotonic clock. */
export const timeLostSchema = z
  .object({
    /** When it was detected, epoch milliseconds. */
    at: z.number(),
    /** The machine slept, the process was stopped while the machine ran on, or the wall clock was set. */
    cause: z.enum(['slept', 'stood_still', 'clock_set']),
    /** Length in milliseconds; negative if the clock was set back. */
    ms: z.number(),
  })
  .meta({ id: 'TimeLost' });
export type TimeLost = z.infer<typeof timeLostSchema>;

/** Events pushed to open windows as they happen. */
export const liveEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('reading'),
      reading: readingSchema,
      health: sourceHealthSchema,
      rules: z.array(ruleStatusSchema),
    }),
    z.object({ type: z.literal('alert'), alert: alertSchema, transition: transitionSchema.nullable() }),
    z.object({ type: z.literal('delivery'), delivery: deliverySchema }),
    /** The context of an alert has more facts now. */
    z.object({ type: z.literal('context'), alertId: z.string() }),
    z.object({ type: z.literal('stage'), stage: stageHealthSchema }),
    z.object({ type: z.literal('settings'), revision: z.string() }),
    /** A downtime was created, changed or removed, or it began or ended. */
    z.object({ type: z.literal('downtimes') }),
    /** A script was added, removed or changed, or its approval changed. */
    z.object({ type: z.literal('scripts') }),
    /** A sending machine was added or removed, or became online, stale or offline. */
    z.object({ type: z.literal('hosts') }),
    /** The listening addresses changed, or an error prevents listening. */
    z.object({ type: z.literal('listening') }),
    z.object({ type: z.literal('own-cost'), ownCost: ownCostSchema }),
    z.object({ type: z.literal('time-lost'), lost: timeLostSchema }),
    /** This window missed events and must fetch the whole status again. */
    z.object({ type: z.literal('refresh') }),
  ])
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof liveEventSchema>;
