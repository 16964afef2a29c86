import { z } from 'zod';
import { alertSchema, transitionSchema } from './alert.ts';
import { deliverySchema } from './delivery.ts';
import { ruleStatusSchema } from './rule.ts';
import { readingSchema } from './sample.ts';
import { ownCostSchema, sourceHealthSchema, stageHealthSchema } from './status.ts';

/** Time that was lost, as the clocks tell. */
export const timeLostSchema = z
  .object({
    /** When it was found out, epoch milliseconds. */
    at: z.number(),
    /** The machine slept, the process was stopped while the machine went on, or the wall clock was set. */
    cause: z.enum(['slept', 'stood_still', 'clock_set']),
    /** How long, or by how much: negative for a clock that was set back. */
    ms: z.number(),
  })
  .meta({ id: 'TimeLost' });
export type TimeLost = z.infer<typeof timeLostSchema>;

/** What is pushed to open windows while it happens. */
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
    /** More is known of what was going on when an alert fired. */
    z.object({ type: z.literal('context'), alertId: z.string() }),
    z.object({ type: z.literal('stage'), stage: stageHealthSchema }),
    z.object({ type: z.literal('settings'), revision: z.string() }),
    /** A downtime was made, changed or removed, began or ended. */
    z.object({ type: z.literal('downtimes') }),
    /** A script came, went or changed, or what is approved did. */
    z.object({ type: z.literal('scripts') }),
    /** A machine that sends to this one came or went, or is online, stale or offline now. */
    z.object({ type: z.literal('hosts') }),
    /** It listens elsewhere now, or something keeps it from it. */
    z.object({ type: z.literal('listening') }),
    z.object({ type: z.literal('own-cost'), ownCost: ownCostSchema }),
    z.object({ type: z.literal('time-lost'), lost: timeLostSchema }),
    /** Ask for the whole status again: this window missed something. */
    z.object({ type: z.literal('refresh') }),
  ])
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof liveEventSchema>;
