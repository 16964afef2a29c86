import { z } from 'zod';
import { severitySchema } from './rule.ts';

/** State of a host. `may_sleep`: it is silent after it announced that it may be, so this is no outage. */
export const standingSchema = z.enum(['online', 'stale', 'offline', 'may_sleep']).meta({ id: 'Standing' });
export type Standing = z.infer<typeof standingSchema>;

/** Most hosts in one page of a fleet. */
export const fleetPageAtMost = 500;

/** A usage level of a host, with the severity of the firing alert about it. */
const fleetLevelSchema = z.object({
  /** The newest value, in percent; null if the host sends no such metric. */
  value: z.number().nullable(),
  severity: severitySchema.nullable(),
});

/** One host as a row in a list. Times are epoch milliseconds by the hub's clock. */
const fleetHostSchema = z
  .object({
    host: z.string(),
    /** True for the machine the hub itself runs on. It sends nothing and always counts as online. */
    isHub: z.boolean(),
    standing: standingSchema,
    lastSeenAt: z.number(),
    /** Name and version that its agent reports; null if it does not. */
    agentName: z.string().nullable(),
    version: z.string().nullable(),
    /** All tags as words, those given by the owner first. */
    tags: z.array(z.string()),
    /** The highest severity of its firing alerts; null if none fires. */
    severity: severitySchema.nullable(),
    /** Number of its firing alerts. */
    alerts: z.number(),
    cpu: fleetLevelSchema,
    memory: fleetLevelSchema,
    disk: fleetLevelSchema,
  })
  .meta({ id: 'FleetHost' });
export type FleetHost = z.infer<typeof fleetHostSchema>;

const standingCounts = z.object({
  online: z.number(),
  stale: z.number(),
  offline: z.number(),
  may_sleep: z.number(),
});

/** The hosts of a hub, worst first: firing, then offline, stale, `may_sleep`, online; within each by name. */
export const fleetSchema = z
  .object({
    /** Whether this Plimsoll accepts samples from other machines. */
    receives: z.boolean(),
    /** Counts over all hosts, whatever the query: those known, and those that send. */
    known: z.number(),
    sending: z.number(),
    standings: standingCounts,
    /** Number of hosts with a firing alert. */
    firing: z.number(),
    /** Every tag in use, sorted, with the number of hosts that have it. */
    tags: z.array(z.object({ tag: z.string(), hosts: z.number() })),
    /** Number of hosts that match the query. */
    fitting: z.number(),
    /** One page of the matching hosts. */
    hosts: z.array(fleetHostSchema),
  })
  .meta({ id: 'Fleet' });
export type Fleet = z.infer<typeof fleetSchema>;

/** Metrics that hosts have sent, by source and metric, and how many match the query. */
export const sentMetricsPageSchema = z
  .object({
    metrics: z.array(z.object({ source: z.string(), metric: z.string() })),
    total: z.number(),
  })
  .meta({ id: 'SentMetrics' });
export type SentMetricsPage = z.infer<typeof sentMetricsPageSchema>;

/** Which hosts a list should contain. */
export interface FleetQuery {
  /** Words that must all occur in the host's name, agent name, address or tags; case does not matter. */
  text?: string | undefined;
  tag?: string | undefined;
  standing?: Standing | undefined;
  /** Only hosts with a firing alert. */
  firing?: boolean | undefined;
  offset: number;
  limit: number;
}
