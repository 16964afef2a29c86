import { z } from 'zod';
import { quietHoursSchema } from './downtime.ts';
import type { Downtime } from './downtime.ts';
import { nameSchema } from './fields.ts';
import type { ReportSettings } from './report.ts';
import type { Rule } from './rule.ts';

/** What every source has, whatever its kind. A kind's own options stand beside these keys. */
export const sourceBase = {
  name: nameSchema.meta({ title: 'Name' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
  intervalSeconds: z.number().min(0.1).max(86_400).optional().meta({
    title: 'Interval',
    unit: 'seconds',
    description: "How often it is sampled. Without it, the kind's own interval.",
  }),
};

/** What every destination has, whatever its kind. */
export const destinationBase = {
  name: nameSchema.meta({ title: 'Name' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
};

/** How the whole monitor behaves. */
export const monitoringSchema = z
  .strictObject({
    maxWorkers: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .meta({ title: 'Sources at once', description: 'How many sources may be sampled at the same time.' }),
    checkIntervalSeconds: z.number().min(0.1).max(3600).default(1).meta({
      title: 'Shortest interval',
      unit: 'seconds',
      description: 'The lower bound of every interval.',
    }),
    slowerOnBattery: z.boolean().default(true).meta({
      title: 'Slower on battery',
      description:
        'While this machine lives on its battery, sources that read it are read every 15 seconds where they have no interval of their own.',
    }),
    slowerUnwatched: z.boolean().default(false).meta({
      title: 'Slower while nobody looks',
      description: 'The same while no window is open. Rules that count samples take longer then.',
    }),
    rawRetentionHours: z.int().min(1).max(87_600).default(168).meta({
      title: 'Keep samples',
      unit: 'hours',
      description: 'How long samples are kept. Alerts are kept regardless.',
    }),
    quietHours: z.array(quietHoursSchema).max(20, 'at most 20 quiet hours').optional().meta({
      title: 'Quiet hours',
      description:
        'Hours of the day in which nothing is announced but, where it may, what is critical. What still fires at their end is announced then. Each has `start` and `end` (HH:MM), `zone`, and where wanted `days` and `criticalBreaksThrough: false`.',
    }),
  })
  .meta({ id: 'Monitoring', title: 'Monitoring' });
export type Monitoring = z.infer<typeof monitoringSchema>;

/** One address to listen on, as `host:port`; an IPv6 host stands in brackets. */
const listenAddressSchema = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]/@]+):\d{1,5}$/, {
    error: 'an address to listen on is host:port, such as 127.0.0.1:8888',
    abort: true,
  })
  .refine((address) => Number(address.slice(address.lastIndexOf(':') + 1)) <= 65_535, {
    error: 'a port is at most 65535',
    abort: true,
  })
  .refine(hasHost, 'the host is no IP address; one is written like 127.0.0.1 or [::1]');

/** What looks like an IP address must be one: nobody is called 999.1.1.1. */
function hasHost(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':'));
  if (host.startsWith('[')) return z.ipv6().safeParse(host.slice(1, -1)).success;
  return !/^[\d.]+$/.test(host) || z.ipv4().safeParse(host).success;
}

/** Where the API and the interface are offered: each address, the first one being the one that is printed. */
export const listenSchema = z
  .array(listenAddressSchema)
  .min(1, 'name at least one address, or leave `listen` out')
  .max(16, 'at most 16 addresses')
  .optional()
  .meta({
    id: 'Listen',
    title: 'Addresses',
    description:
      'Where the interface and the API are offered, as host:port. `--host`, `--port` and `PORT` go before it. Read at the start.',
  });

/** A source as configured. Options of its kind stand beside the common keys. */
export interface SourceSettings {
  name: string;
  kind: string;
  enabled: boolean;
  intervalSeconds?: number | undefined;
  [option: string]: unknown;
}

/** A destination as configured. */
export interface DestinationSettings {
  name: string;
  kind: string;
  enabled: boolean;
  [option: string]: unknown;
}

/** Everything an owner decides. `monitor/settings.ts` composes the schema from the kinds and validates against it. */
export interface Settings {
  /** 1, or 1.1 to 1.9 of a newer Plimsoll, whose unknown keys are kept. */
  version: number;
  sources: SourceSettings[];
  rules: Rule[];
  destinations: DestinationSettings[];
  monitoring: Monitoring;
  /** Those that are written here; others are made while it runs. */
  downtimes?: Downtime[] | undefined;
  listen?: string[] | undefined;
  reports?: ReportSettings | undefined;
}
