import { z } from 'zod';
import { nameSchema } from './fields.ts';
import { handedRulesAtMost } from './hub-rules.ts';

/** Samples in one batch; more is refused as a whole (413). A spool is sent in several. */
export const samplesInBatch = 1000;
/** Series that one host may have; samples of further ones are refused with `cardinality`. */
export const seriesPerHost = 2000;
/** A sample may be so far ahead of the hub's clock, in milliseconds; what is farther is refused with `future`. */
export const mostAheadMs = 10 * 60_000;
/** Nothing was sampled before 2000: an older time is one in seconds, or of a clock that was never set. */
export const oldestAt = Date.UTC(2000);
/** Labels of one sample. */
const labelsAtMost = 32;
/** Tags of one host. */
const tagsAtMost = 32;

const isVisible = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const invisible = 'must not contain control or direction characters';
const text = (most: number) => z.string().max(most).regex(isVisible, invisible);

/** How a machine is called: what its samples, alerts and rules name. */
export const hostNameSchema = nameSchema;

/** Epoch milliseconds, or ISO 8601 with `Z` or an offset. Read as epoch milliseconds. */
export const instantSchema = z.union([z.int(), z.iso.datetime({ offset: true }).transform(Date.parse)], {
  error: 'must be epoch milliseconds, or ISO 8601 with Z or an offset',
});

/** No machine has a number beyond it: it is kept as implausible, although it may have been rounded on its way. */
export const largestPlausible = 1e21;

/** Minus zero is one of those things that no reading is, and that become something else on their way. */
const valueSchema = z
  .number()
  .refine(
    (value) => !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) > largestPlausible,
    'an integer beyond 2^53 can not be kept exactly',
  )
  .refine((value) => !Object.is(value, -0), 'is -0; send 0');

/** One number of a batch. Fields that are not known are tolerated, here and around it. */
export const ingestSampleSchema = z
  .object({
    /** The source that it is of, such as `cpu`; rules name it. */
    source: nameSchema,
    metric: text(200).min(1),
    /** What tells one series of the metric from another; none where there is only one. */
    labels: z
      .record(text(100).min(1), text(500))
      .refine((labels) => Object.keys(labels).length <= labelsAtMost, `at most ${labelsAtMost} labels`)
      .optional(),
    /** A finite number that can be kept exactly. What could not be read is left out: it is never 0, and never null. */
    value: valueSchema,
    /** When it was sampled, by the sender's clock. */
    at: instantSchema,
    /** What it counts, as people write it, such as `%` or `ms`; see `unitNamed`. Without one, what the source's kind says. */
    unit: text(32).optional(),
  })
  .meta({ id: 'IngestSample' });

/** What a sender says of itself with each batch; what it leaves out stays as it said before. */
export const senderSchema = z.object({
  /** How often batches come, in seconds: from it follows when a host counts as stale and as offline. */
  intervalSeconds: z.number().min(0.1).max(86_400).optional(),
  /** It may be silent for hours because somebody closed a lid: that is no outage. */
  maySleep: z.boolean().optional(),
  agent: z
    .object({ version: text(100).optional(), name: text(100).optional(), system: text(200).optional() })
    .optional(),
  /** What the machine is, for whoever groups machines, such as `{ role: "database" }`. All of them, each time they are sent. */
  tags: z
    .record(text(100).min(1), text(200))
    .refine((tags) => Object.keys(tags).length <= tagsAtMost, `at most ${tagsAtMost} tags`)
    .optional(),
  /** The sources that it samples: which kind each is of says what its numbers mean, and the interval when one is missed. */
  sources: z
    .array(
      z.object({
        name: nameSchema,
        kind: text(100).optional(),
        intervalSeconds: z.number().min(0.1).max(86_400).optional(),
      }),
    )
    .max(500, 'at most 500 sources')
    .optional(),
  /** Ids of the rules of this hub that it judges itself; all of them, each time they are sent. */
  judges: z.array(text(64).min(1)).max(handedRulesAtMost, `at most ${handedRulesAtMost} rules`).optional(),
});
export type Sender = z.infer<typeof senderSchema>;

/**
 * The body of `POST /api/v1/ingest`. Each sample is looked at by itself, so that a bad one never hides the others: here it
 * is only known that there are samples.
 */
export const ingestBatchSchema = senderSchema
  .extend({
    /** Names the batch in logs and answers; the same one may be sent again as often as wanted. */
    batch: text(100).optional(),
    host: hostNameSchema,
    /** The sender's clock when it sends. How long ago a sample was taken, and the skew of its clock, are told from it. */
    sentAt: instantSchema.optional(),
    /** These waited for the hub: they are kept, and never judged as if they were now. */
    backlog: z.boolean().optional(),
    samples: z.array(z.unknown()),
  })
  .meta({ id: 'IngestBatch' });
export type IngestBatch = z.infer<typeof ingestBatchSchema>;

/**
 * Why something is to be said of a sample.
 * `invalid` (400): it has not the right shape. `conflict` (409): the series has another value at that time, which is kept.
 * `past` (400): before 2000. `future` (400): more than ten minutes ahead. `cardinality` (429): the host has as many series as it may have.
 * `implausible` (200): no machine can have this value. It is kept, apart from its series, and judged by no rule.
 */
export const ingestItemCodeSchema = z.enum([
  'invalid',
  'conflict',
  'past',
  'future',
  'cardinality',
  'implausible',
]);
export type IngestItemCode = z.infer<typeof ingestItemCodeSchema>;

export const itemStatus: Readonly<Record<IngestItemCode, number>> = {
  invalid: 400,
  conflict: 409,
  past: 400,
  future: 400,
  cardinality: 429,
  implausible: 200,
};

export const ingestItemSchema = z
  .object({
    /** Which of the samples, counted from 0. */
    index: z.number(),
    /** What the answer's status were if it had been the only sample. */
    status: z.number(),
    code: ingestItemCodeSchema,
    /** Where in the body, such as `samples[3].value`. */
    path: z.string(),
    message: z.string(),
  })
  .meta({ id: 'IngestItem' });
export type IngestItem = z.infer<typeof ingestItemSchema>;

/** What became of a batch. Every sample is accepted, duplicate or rejected. It is told when that survives the end of the hub. */
export const ingestAnswerSchema = z
  .object({
    batch: z.string().nullable(),
    accepted: z.number(),
    /** Samples that were stored before with the same value. */
    duplicate: z.number(),
    rejected: z.number(),
    /** The hub's clock when the batch came, epoch milliseconds. */
    receivedAt: z.number(),
    /** Those that were rejected, and those that were accepted as implausible; in the order of the samples. */
    items: z.array(ingestItemSchema),
  })
  .meta({ id: 'IngestAnswer' });
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;
