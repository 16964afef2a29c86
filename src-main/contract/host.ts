import { z } from 'zod';
import { sampleSchema } from './sample.ts';

/** A host counts as stale, and as offline, after this many send intervals without a sign of life. */
export const staleAfterIntervals = 3;
export const offlineAfterIntervals = 10;
/** Assumed interval of a host that does not say how often it sends, in seconds. */
export const usualIntervalSeconds = 60;
/** Most hosts that a hub accepts; posts of further ones are refused with `cardinality`. */
export const hostsAtMost = 2000;

/** A source that a host says it samples. */
const hostSourceSchema = z.object({
  name: z.string(),
  kind: z.string().optional(),
  intervalSeconds: z.number().optional(),
});

/** A machine that sends to this hub. Times are epoch milliseconds by the hub's clock. */
export const hostSchema = z
  .object({
    host: z.string(),
    /** `online` within 3 intervals since its last sign of life, `stale` within 10, then `offline`. */
    state: z.enum(['online', 'stale', 'offline']),
    /** It announced that it may be silent for hours, for example because somebody closes a lid. */
    maySleep: z.boolean(),
    registeredAt: z.number(),
    lastSeenAt: z.number(),
    intervalSeconds: z.number(),
    /** Address that its last post came from; null if it came over the local socket. */
    address: z.string().nullable(),
    agent: z
      .object({ version: z.string().optional(), name: z.string().optional(), system: z.string().optional() })
      .nullable(),
    /** Tags that the sender reports. */
    tags: z.record(z.string(), z.string()),
    /** Tags that the owner of this hub assigned. */
    ownerTags: z.array(z.string()),
    sources: z.array(hostSourceSchema),
    /** Ids of the hub's rules that its agent evaluates in place of the hub. */
    judges: z.array(z.string()),
    /**
     * How far its clock is ahead of the hub's in milliseconds, including the network delay; null if it does not say
     * when it sends.
     */
    clockSkewMs: z.number().nullable(),
    /** Number of series it sent recently. */
    series: z.number(),
    /** Samples since registration: stored, implausible (a subset of the stored ones), and refused. */
    accepted: z.number(),
    implausible: z.number(),
    rejected: z.number(),
  })
  .meta({ id: 'Host' });
export type Host = z.infer<typeof hostSchema>;

/** The newest sample of a series, with its unit. */
const hostSampleSchema = sampleSchema.extend({
  /** Unit as the sender wrote it, or as the source's kind defines it; `none` if neither does. */
  unit: z.string(),
});

/** A host with the newest sample of each series. */
export const hostDetailSchema = hostSchema
  .extend({ latest: z.array(hostSampleSchema) })
  .meta({ id: 'HostDetail' });
export type HostDetail = z.infer<typeof hostDetailSchema>;

/**
 * The tags of a host as words, which rules, routes and downtimes match: the owner's, then those it reports as
 * `key:value`.
 */
export function tagWordsOf(ownerTags: readonly string[], tags: Readonly<Record<string, string>>): string[] {
  const sent = Object.entries(tags).map(([key, value]) => (value === '' ? key : `${key}:${value}`));
  return [...new Set([...ownerTags, ...sent])];
}
