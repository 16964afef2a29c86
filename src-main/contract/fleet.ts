import { z } from 'zod';
import { severitySchema } from './rule.ts';

/** How a host stands. `may_sleep`: it is silent, as it has said that it may be; that is no outage. */
export const standingSchema = z.enum(['online', 'stale', 'offline', 'may_sleep']).meta({ id: 'Standing' });
export type Standing = z.infer<typeof standingSchema>;

/** Hosts in one page of a fleet. */
export const fleetPageAtMost = 500;

/** A level of a host, and whether an alert about it fires. */
const fleetLevelSchema = z.object({
  /** The newest that it sent, in percent; null where it sends no such number. */
  value: z.number().nullable(),
  severity: severitySchema.nullable(),
});

/** One host as a list of many shows it. Times are epoch milliseconds by the hub's clock. */
const fleetHostSchema = z
  .object({
    host: z.string(),
    /** The machine that the hub itself runs on, which sends nothing and is there as long as somebody answers. */
    isHub: z.boolean(),
    standing: standingSchema,
    lastSeenAt: z.number(),
    /** As its agent calls itself, and of which version it is; null where it does not say. */
    agentName: z.string().nullable(),
    version: z.string().nullable(),
    /** All its tags as words, those of its owner first. */
    tags: z.array(z.string()),
    /** The worst of its alerts that fire; null while none does. */
    severity: severitySchema.nullable(),
    /** Of its rules that fire now. */
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

/** The hosts of a hub, those with trouble first: what fires, then who is offline, stale, silent and allowed to be, online; by name. */
export const fleetSchema = z
  .object({
    /** Whether this Plimsoll receives from other machines. */
    receives: z.boolean(),
    /** All hosts, however many were asked for, and of those the ones that send. */
    known: z.number(),
    sending: z.number(),
    standings: standingCounts,
    /** How many have an alert that fires. */
    firing: z.number(),
    /** Every tag that a host has, in order, with how many have it. */
    tags: z.array(z.object({ tag: z.string(), hosts: z.number() })),
    /** How many fit what was asked for. */
    fitting: z.number(),
    /** Of those a page. */
    hosts: z.array(fleetHostSchema),
  })
  .meta({ id: 'Fleet' });
export type Fleet = z.infer<typeof fleetSchema>;

/** Metrics that hosts have sent, by source and metric, and how many fit what was asked for. */
export const sentMetricsPageSchema = z
  .object({
    metrics: z.array(z.object({ source: z.string(), metric: z.string() })),
    total: z.number(),
  })
  .meta({ id: 'SentMetrics' });
export type SentMetricsPage = z.infer<typeof sentMetricsPageSchema>;

/** Which hosts are asked for. */
export interface FleetQuery {
  /** Words that must all be in its name, its agent's name, its address or a tag, in capitals or not. */
  text?: string | undefined;
  tag?: string | undefined;
  standing?: Standing | undefined;
  /** Only those with an alert that fires. */
  firing?: boolean | undefined;
  offset: number;
  limit: number;
}
