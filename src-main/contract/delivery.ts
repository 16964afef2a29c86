import { z } from 'zod';
import { alertContextSchema } from './alert-context.ts';
import { alertSchema, transitionSchema } from './alert.ts';
import { unitSchema } from './metric.ts';
import { ruleSchema } from './rule.ts';
import { measurementSchema } from './sample.ts';

/**
 * The message sent to a destination: the alert, its transition and everything known at that moment, so that a delivery
 * that is late, repeated or made after a restart says the same. Secrets are removed before it is built.
 */
export const messageSchema = z
  .object({
    /** The same for every attempt of one delivery. */
    id: z.string(),
    alert: alertSchema,
    transition: transitionSchema,
    rule: ruleSchema,
    /** All samples of the reading that caused the transition. */
    measurements: z.array(measurementSchema),
    /** The source's settings at that time, without secrets. */
    source: z.record(z.string(), z.unknown()),
    /** Unit of the evaluated metric; `none` if unknown. */
    unit: unitSchema.default('none'),
    /** What the kind of the source calls the evaluated metric. Absent where no kind says it. */
    metricTitle: z.string().optional(),
    /** What happened on the host when the alert fired. Absent if unknown. */
    context: alertContextSchema.optional(),
    /** A test message from the owner; nothing is wrong. */
    test: z.boolean().default(false),
    /** It is sent so long after the event that the text should say so. Set at the attempt. */
    late: z.boolean().optional(),
    /** Title and text from the destination's own templates, in place of ours. Set at the attempt. */
    wording: z.object({ title: z.string().optional(), text: z.string().optional() }).optional(),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof messageSchema>;

/** Messages that a destination gets as one, because they waited for it together. */
export interface Bundle {
  /** The same for every attempt, as are the messages. */
  id: string;
  /** Two or more, in the order in which they were created. */
  messages: readonly [Message, Message, ...Message[]];
}

/** `held` waits for the end of the destination's quiet hours. `suppressed` is never sent; `reason` says why. */
export const deliveryStateSchema = z
  .enum(['queued', 'sent', 'failed', 'held', 'suppressed'])
  .meta({ id: 'DeliveryState' });
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** Why an announced message does not reach a destination, or not yet. The interface has a sentence for each. */
export const suppressionSchema = z
  .enum([
    'severity',
    'host',
    'tag',
    'rule',
    'firing_unwanted',
    'recovery_unwanted',
    'reminder_unwanted',
    'firing_not_sent',
    'quiet_hours',
    'over_in_quiet_hours',
    'told_before',
    'told_since',
    'about_itself',
    'destination_removed',
  ])
  .meta({ id: 'Suppression' });
export type Suppression = z.infer<typeof suppressionSchema>;

/** One message due to one destination. Its state shows whether it arrived, was given up or was suppressed. */
export const deliverySchema = z
  .object({
    id: z.string(),
    destination: z.string(),
    /** Id of the alert; for a `report`, the id of the kept report. */
    alertId: z.string(),
    /**
     * The transition or acknowledgement it announces; `violation` for a further sample that violates the rule while the
     * alert fires, or `report` if it is about no alert.
     */
    transition: z.enum(['firing', 'resolved', 'acknowledged', 'violation', 'report']),
    state: deliveryStateSchema,
    attempts: z.number(),
    createdAt: z.number(),
    /** Why it is held or suppressed; absent in other states. */
    reason: suppressionSchema.optional(),
    /** When the next attempt is due or a held delivery is checked again, epoch milliseconds; null if neither is planned. */
    nextAt: z.number().nullable(),
    finishedAt: z.number().nullable(),
    /** The result of the last attempt: the destination's receipt, or the error. */
    receipt: z.string().nullable(),
    error: z.string().nullable(),
    /** Id of the message it is sent in; deliveries with the same id go together. Null until that is decided. */
    messageId: z.string().nullable().default(null),
    /** Number of deliveries in that message, including this one. */
    together: z.number().default(1),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof deliverySchema>;

/** State of the spool for a destination that takes samples. Counts of samples start when Plimsoll starts. */
export const samplesStandingSchema = z
  .object({
    waiting: z.number(),
    sent: z.number(),
    /** Samples that the destination refused permanently. */
    rejected: z.number(),
    /** Samples given up because they waited too long or the spool was full. */
    dropped: z.number(),
    /** Size of its spool on disk, in bytes. */
    spoolBytes: z.number(),
    /** How far the destination's clock is ahead of ours, in milliseconds; null if unknown. */
    clockAheadMs: z.number().nullable(),
    /** An error of the spool, or the reason of the last refusal; null if there is none. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'SamplesStanding' });
export type SamplesStanding = z.infer<typeof samplesStandingSchema>;

/** Health of one destination. */
export const destinationHealthSchema = z
  .object({
    destination: z.string(),
    /** Deliveries that wait for it, and deliveries that were given up and can be retried. */
    waiting: z.number(),
    failed: z.number(),
    /** Deliveries that wait for the end of its quiet hours. Absent for a destination that takes samples. */
    held: z.number().optional(),
    /** Time of the last delivery that arrived, epoch milliseconds; null if none is known. */
    arrivedAt: z.number().nullable(),
    /** Since when every attempt has failed, epoch milliseconds; null if the last one succeeded or none was made. */
    failingSince: z.number().nullable(),
    /**
     * Since when attempts have failed although this machine has a network, epoch milliseconds; null if none fail. The
     * time starts again after the machine was offline. Absent for a destination that takes samples, and after a start
     * until earlier failed deliveries were tried again.
     */
    unreachedSince: z.number().nullable().optional(),
    /** A delivery was given up and none has arrived since. Absent with `unreachedSince`. */
    gaveUp: z.boolean().optional(),
    /** The error of the last attempt; null if it succeeded. */
    error: z.string().nullable(),
    /** When the next attempt is due, epoch milliseconds; null if none is. */
    nextAt: z.number().nullable(),
    /** Set only for a destination that takes samples. */
    samples: samplesStandingSchema.optional(),
  })
  .meta({ id: 'DestinationHealth' });
export type DestinationHealth = z.infer<typeof destinationHealthSchema>;
