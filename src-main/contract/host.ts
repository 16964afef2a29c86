import { z } from 'zod';
import { sampleSchema } from './sample.ts';

/** Intervals without a sign of life after which a host counts as stale, and as offline. */
export const staleAfterIntervals = 3;
export const offlineAfterIntervals = 10;
/** The interval of a host that does not say how often it sends, in seconds. */
export const usualIntervalSeconds = 60;
/** Hosts that a hub knows; posts of further ones are refused with `cardinality`. */
export const hostsAtMost = 2000;

/** A source that a host samples, as the host says. */
const hostSourceSchema = z.object({
  name: z.string(),
  kind: z.string().optional(),
  intervalSeconds: z.number().optional(),
});

/** A machine that sends to this hub. Times are epoch milliseconds by the hub's clock. */
export const hostSchema = z
  .object({
    host: z.string(),
    /** `online` with fewer than 3 intervals since it was heard last, `stale` with fewer than 10. */
    state: z.enum(['online', 'stale', 'offline']),
    /** It says that it may be silent for hours, as when somebody closes a lid. */
    maySleep: z.boolean(),
    registeredAt: z.number(),
    lastSeenAt: z.number(),
    /** How often it sends. */
    intervalSeconds: z.number(),
    /** Where its last post came from; null for one that came over the socket. */
    address: z.string().nullable(),
    agent: z
      .object({ version: z.string().optional(), name: z.string().optional(), system: z.string().optional() })
      .nullable(),
    /** What the sender says of itself. */
    tags: z.record(z.string(), z.string()),
    /** Words that the owner of this hub has given it. */
    ownerTags: z.array(z.string()),
    sources: z.array(hostSourceSchema),
    /** Ids of the rules of this hub that its agent judges in place of the hub. */
    judges: z.array(z.string()),
    /** What its clock is ahead of the hub's, with the way between them in it; null where it does not say when it sends. */
    clockSkewMs: z.number().nullable(),
    /** Series that it has had of late. */
    series: z.number(),
    /** Samples since it was registered: stored; of those the ones that no machine can have; and refused. */
    accepted: z.number(),
    implausible: z.number(),
    rejected: z.number(),
  })
  .meta({ id: 'Host' });
export type Host = z.infer<typeof hostSchema>;

/** The newest sample of a series, with its unit. */
const hostSampleSchema = sampleSchema.extend({
  /** As its sender wrote it, or as the source's kind says; `none` where nobody does. */
  unit: z.string(),
});

/** A host with the newest sample of every series. */
export const hostDetailSchema = hostSchema
  .extend({ latest: z.array(hostSampleSchema) })
  .meta({ id: 'HostDetail' });
export type HostDetail = z.infer<typeof hostDetailSchema>;

/** Words of a host by which rules, routes and downtimes choose: those of its owner, and what it says of itself as `key:value`. */
export function tagWordsOf(ownerTags: readonly string[], tags: Readonly<Record<string, string>>): string[] {
  const sent = Object.entries(tags).map(([key, value]) => (value === '' ? key : `${key}:${value}`));
  return [...new Set([...ownerTags, ...sent])];
}
