import { z } from 'zod';
import { alertContextSchema } from './alert-context.ts';
import { alertSchema, transitionSchema } from './alert.ts';
import { unitSchema } from './metric.ts';
import { ruleSchema } from './rule.ts';
import { measurementSchema } from './sample.ts';

/**
 * What is carried to a destination: the alert and its move, with everything that was known at that moment, so that
 * a delivery that is late, repeated or made after a restart says the same. Secrets are struck out before it is made.
 */
export const messageSchema = z
  .object({
    /** The same for every attempt of the same delivery. */
    id: z.string(),
    alert: alertSchema,
    transition: transitionSchema,
    rule: ruleSchema,
    /** Every sample of the reading that caused the move. */
    measurements: z.array(measurementSchema),
    /** The source's settings as they were, secrets struck out. */
    source: z.record(z.string(), z.unknown()),
    /** The unit of the metric that was judged; `none` where nobody says. */
    unit: unitSchema.default('none'),
    /** What was going on when it fired; left out where that was never known. */
    context: alertContextSchema.optional(),
    /** Sent to try a destination out; nothing is wrong. */
    test: z.boolean().default(false),
    /** It is sent so long after the event that its text should say so. Known when it is attempted. */
    late: z.boolean().optional(),
    /** What it says instead of our words, as its destination wants it. Known when it is attempted. */
    wording: z.object({ title: z.string().optional(), text: z.string().optional() }).optional(),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof messageSchema>;

/** Messages that go to a destination as one, because they waited for it together. */
export interface Bundle {
  /** The same for every attempt, as are the messages. */
  id: string;
  /** Two or more, in the order in which they came about. */
  messages: readonly [Message, Message, ...Message[]];
}

/** `held`: it waits for the end of quiet hours of its destination. `suppressed`: it was left out, for its reason. */
export const deliveryStateSchema = z
  .enum(['queued', 'sent', 'failed', 'held', 'suppressed'])
  .meta({ id: 'DeliveryState' });
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** Why a destination does not get, or not yet, what was announced. The interface has a sentence for each. */
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

/** One message that is due to one destination, until it has arrived, is given up or was left out, visibly. */
export const deliverySchema = z
  .object({
    id: z.string(),
    destination: z.string(),
    /** The alert that it is about; of a `report` the id of the kept report. */
    alertId: z.string(),
    /** What it tells: how the alert moved, that somebody acknowledged it, or no alert at all but a report. */
    transition: z.enum(['firing', 'resolved', 'acknowledged', 'report']),
    state: deliveryStateSchema,
    attempts: z.number(),
    createdAt: z.number(),
    /** Why it is held or was left out; left out itself otherwise. */
    reason: suppressionSchema.optional(),
    /** When the next attempt is due, or what is held is looked at again; null when none is. */
    nextAt: z.number().nullable(),
    finishedAt: z.number().nullable(),
    /** What the destination answered at the last attempt: a receipt, or what went wrong. */
    receipt: z.string().nullable(),
    error: z.string().nullable(),
    /** The id of the message in which it goes, together with others where these have the same; null before that is settled. */
    messageId: z.string().nullable().default(null),
    /** How many deliveries go in that message, this one included. */
    together: z.number().default(1),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof deliverySchema>;

/** How it stands with the samples for a destination that takes samples. Numbers of samples count since Plimsoll was started. */
export const samplesStandingSchema = z
  .object({
    waiting: z.number(),
    sent: z.number(),
    /** Those that the other side refused for good. */
    rejected: z.number(),
    /** Samples that were given up, because they waited too long or too many waited. */
    dropped: z.number(),
    /** What is on disk for it, in bytes. */
    spoolBytes: z.number(),
    /** By how much its clock is ahead of ours, in milliseconds; null where that is not known. */
    clockAheadMs: z.number().nullable(),
    /** What is wrong with the spool, or why something was refused last; null where nothing is. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'SamplesStanding' });
export type SamplesStanding = z.infer<typeof samplesStandingSchema>;

/** How it stands with one destination. */
export const destinationHealthSchema = z
  .object({
    destination: z.string(),
    /** How many deliveries wait for it, and how many were given up and can be tried again. */
    waiting: z.number(),
    failed: z.number(),
    /** When something arrived there last, epoch milliseconds; null where nothing is known to. */
    arrivedAt: z.number().nullable(),
    /** Since when every attempt has failed; null while it works, or while nothing was tried. */
    failingSince: z.number().nullable(),
    /**
     * Since when attempts have failed though this machine has a network; null while none do. It counts anew after a time without one.
     * Left out for a destination that takes samples, and after a start until what failed before it was tried again.
     */
    unreachedSince: z.number().nullable().optional(),
    /** Something was given up, and nothing has arrived since; left out with it. */
    gaveUp: z.boolean().optional(),
    /** What went wrong at the last attempt, if it failed. */
    error: z.string().nullable(),
    /** When the next attempt is due; null when none is. */
    nextAt: z.number().nullable(),
    /** Of a destination that takes samples; left out for one that takes alerts. */
    samples: samplesStandingSchema.optional(),
  })
  .meta({ id: 'DestinationHealth' });
export type DestinationHealth = z.infer<typeof destinationHealthSchema>;
