import { z } from 'zod';
import { nameSchema } from './fields.ts';
import { handedRulesAtMost } from './hub-rules.ts';

/** Most samples in one batch; a larger batch is refused as a whole (413). A spool is sent in several. */
export const samplesInBatch = 1000;
/** Most series of one host; samples of further ones are refused with `cardinality`. */
export const seriesPerHost = 2000;
/** How far a sample may be ahead of the hub's clock, in milliseconds; beyond that it is refused with `future`. */
export const mostAheadMs = 10 * 60_000;
/** Samples before 2000 are refused: such times are in seconds, or come from a clock that was never set. */
export const oldestAt = Date.UTC(2000);
/** Most labels of one sample. */
const labelsAtMost = 32;
/** Most tags of one host. */
const tagsAtMost = 32;

const isVisible = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const invisible = 'must not contain control or direction characters';
const text = (most: number) => z.string().max(most).regex(isVisible, invisible);

/** Name of a machine, by which samples, alerts and rules refer to it. */
export const hostNameSchema = nameSchema;

/** Epoch milliseconds, or ISO 8601 with `Z` or an offset. Parsed to epoch milliseconds. */
export const instantSchema = z.union([z.int(), z.iso.datetime({ offset: true }).transform(Date.parse)], {
  error: 'must be epoch milliseconds, or ISO 8601 with Z or an offset',
});

/**
 * The largest plausible absolute value. Larger ones are stored as implausible, so integers beyond it need not be exact: they may
 * have been rounded in transit.
 */
export const largestPlausible = 1e21;

/** Minus zero is refused: no sensor reads it, and JSON and databases do not keep its sign. */
const valueSchema = z
  .number()
  .refine(
    (value) => !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) > largestPlausible,
    'an integer beyond 2^53 cannot be kept exactly',
  )
  .refine((value) => !Object.is(value, -0), 'is -0; send 0');

/** One sample of a batch. Unknown fields are ignored, here and in the batch. */
export const ingestSampleSchema = z
  .object({
    /** Source of the sample, such as `cpu`; rules refer to it. */
    source: nameSchema,
    metric: text(200).min(1),
    /** Distinguishes the series of a metric; absent if there is only one. */
    labels: z
      .record(text(100).min(1), text(500))
      .refine((labels) => Object.keys(labels).length <= labelsAtMost, `at most ${labelsAtMost} labels`)
      .optional(),
    /** A finite number that can be stored exactly. A value that could not be read is left out: never 0, never null. */
    value: valueSchema,
    /** Sample time, by the sender's clock. */
    at: instantSchema,
    /** Unit as people write it, such as `%` or `ms`; see `unitNamed`. Without one, the unit of the source's kind applies. */
    unit: text(32).optional(),
  })
  .meta({ id: 'IngestSample' });

/** What a sender says about itself with each batch. Fields it leaves out keep their last value. */
export const senderSchema = z.object({
  /** Interval between batches, in seconds. It decides when the host counts as stale and as offline. */
  intervalSeconds: z.number().min(0.1).max(86_400).optional(),
  /** It may be silent for hours because somebody closes a lid; that is no outage. */
  maySleep: z.boolean().optional(),
  agent: z
    .object({ version: text(100).optional(), name: text(100).optional(), system: text(200).optional() })
    .optional(),
  /** Tags for grouping machines, such as `{ role: "database" }`. If sent, they replace all earlier ones. */
  tags: z
    .record(text(100).min(1), text(200))
    .refine((tags) => Object.keys(tags).length <= tagsAtMost, `at most ${tagsAtMost} tags`)
    .optional(),
  /** The sources it samples: the kind gives the meaning of the numbers, the interval shows when a source is overdue. */
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
  /** Ids of this hub's rules that the sender evaluates itself. If sent, they replace all earlier ones. */
  judges: z.array(text(64).min(1)).max(handedRulesAtMost, `at most ${handedRulesAtMost} rules`).optional(),
});
export type Sender = z.infer<typeof senderSchema>;

/**
 * The body of `POST /api/v1/ingest`. Samples are `unknown` here because each is validated separately: an invalid one
 * must not cause the others to be refused.
 */
export const ingestBatchSchema = senderSchema
  .extend({
    /** Names the batch in logs and answers. Sending the same batch again is harmless. */
    batch: text(100).optional(),
    host: hostNameSchema,
    /** The sender's clock when it sends. The age of the samples and the clock skew are computed from it. */
    sentAt: instantSchema.optional(),
    /** These samples waited in a spool. They are stored, but rules do not evaluate them as current. */
    backlog: z.boolean().optional(),
    samples: z.array(z.unknown()),
  })
  .meta({ id: 'IngestBatch' });
export type IngestBatch = z.infer<typeof ingestBatchSchema>;

/**
 * Why a sample is listed in the answer.
 * `invalid` (400): wrong shape. `conflict` (409): the series already has another value at that time, which is kept.
 * `past` (400): before 2000. `future` (400): more than ten minutes ahead.
 * `cardinality` (429): the host has its most series already.
 * `implausible` (200): no machine can have this value. It is stored apart from its series, and no rule evaluates it.
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
    /** Index in `samples`, from 0. */
    index: z.number(),
    /** The HTTP status the request would have had with this sample alone. */
    status: z.number(),
    code: ingestItemCodeSchema,
    /** Path in the body, such as `samples[3].value`. */
    path: z.string(),
    message: z.string(),
  })
  .meta({ id: 'IngestItem' });
export type IngestItem = z.infer<typeof ingestItemSchema>;

/** Result of a batch. Every sample is accepted, duplicate or rejected. It is sent only after the samples are stored durably. */
export const ingestAnswerSchema = z
  .object({
    batch: z.string().nullable(),
    accepted: z.number(),
    /** Samples that were stored already with the same value. */
    duplicate: z.number(),
    rejected: z.number(),
    /** The hub's clock on arrival, epoch milliseconds. */
    receivedAt: z.number(),
    /** The rejected samples and those accepted as implausible, in the order of the samples. */
    items: z.array(ingestItemSchema),
  })
  .meta({ id: 'IngestAnswer' });
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;
