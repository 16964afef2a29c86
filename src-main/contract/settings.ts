import { z } from 'zod';
import { quietHoursSchema, zoneSchema } from './downtime.ts';
import type { DatabaseSettings } from './database.ts';
import type { Downtime } from './downtime.ts';
import { linkCharactersAtMost, nameSchema, tagsSchema } from './fields.ts';
import type { ReportSettings } from './report.ts';
import { recordRouteSchema, routeSchema } from './route.ts';
import type { Route } from './route.ts';
import { severitySchema } from './rule.ts';
import type { Rule } from './rule.ts';

/** Keys that every source has. The options of its kind stand beside them. */
export const sourceBase = {
  name: nameSchema.meta({ title: 'Name' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
  intervalSeconds: z.number().min(0.1).max(86_400).optional().meta({
    title: 'Interval',
    unit: 'seconds',
    description: "How often it is sampled. Without it, the kind's own interval.",
  }),
  tags: tagsSchema.optional().meta({
    title: 'Tags',
    description: 'Words by which destinations and downtimes choose, such as `production`.',
    advanced: true,
  }),
};

/** Keys that every destination has. The options of its kind stand beside them. */
export const destinationBase = {
  name: nameSchema.meta({ title: 'Name' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
};

/** From the most detailed level to the least. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Keys after the options of the kind: for destinations that notify people, and for those that keep evidence. */
export const destinationRest = { route: routeSchema.optional() };
export const recordRest = { route: recordRouteSchema.optional() };

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
    minuteRetentionDays: z.int().min(1).max(36_500).default(90).meta({
      title: 'Keep minutes',
      unit: 'days',
      description:
        'How long the smallest, average and largest value of every minute is kept; never for less time than samples.',
    }),
    hourRetentionDays: z
      .int()
      .min(1)
      .max(36_500)
      .default(730)
      .meta({ title: 'Keep hours', unit: 'days', description: 'The same of every hour.' }),
    dayRetentionDays: z
      .int()
      .min(1)
      .max(36_500)
      .default(3650)
      .meta({ title: 'Keep days', unit: 'days', description: 'The same of every day.' }),
    historyMegabytes: z.int().min(16).max(16_777_216).default(2048).meta({
      title: 'Size of history',
      unit: 'megabytes',
      description:
        'What history may take of the disk. When it is reached the oldest samples go first, then minutes, hours and days, and it is said.',
    }),
    logLevel: z.enum(logLevels).default('info').meta({
      title: 'Log level',
      description: 'How much monitor.log tells: debug tells most, error least. `--log-level` goes before it.',
    }),
    logAlerts: z.boolean().default(true).meta({
      title: 'Log alerts',
      description: 'Write a line into alerts.log whenever an alert moves.',
    }),
    logMetrics: z.boolean().default(true).meta({
      title: 'Log metrics',
      description:
        'Write what this machine measures of itself into system_metrics.log, and programs that are watched, Plimsoll among them, into app_metrics.log.',
    }),
    logMetricsSeconds: z.number().min(1).max(86_400).default(60).meta({
      title: 'Log metrics every',
      unit: 'seconds',
      description: 'How often each source has a line at most.',
    }),
    plimsollUrl: z
      .string()
      .max(linkCharactersAtMost, `must not have more than ${linkCharactersAtMost} characters`)
      .optional()
      .meta({
        title: 'Address of Plimsoll',
        description:
          'Where those who read messages open Plimsoll, such as https://plimsoll.example.org. With it, messages link to their alert; a destination may have another one of its own.',
      }),
    destinationAlerts: z.boolean().default(true).meta({
      title: 'Alert on destinations',
      description:
        'A destination that nothing reaches is an alert at the others. A rule of your own on `destination_up` or `destination_down` takes its place.',
    }),
    destinationAlertSeconds: z.int().min(60).max(604_800).default(900).meta({
      title: 'Alert after',
      unit: 'seconds',
      description:
        'How long attempts must have failed for that. Time without a network of our own does not count; what is given up counts at once.',
    }),
    destinationAlertSeverity: severitySchema.default('warning').meta({
      title: 'Severity of that alert',
      description: 'Destinations that take nothing of this severity do not hear of it.',
    }),
    quietHours: z.array(quietHoursSchema).max(20, 'at most 20 quiet hours').optional().meta({
      title: 'Quiet hours',
      description:
        'Hours of the day in which nothing is announced but, where it may, what is critical. What still fires at their end is announced then. Each has `start` and `end` (HH:MM), `zone`, and where wanted `days` and `criticalBreaksThrough: false`.',
    }),
  })
  .meta({ id: 'Monitoring', title: 'Monitoring' });
export type Monitoring = z.infer<typeof monitoringSchema>;

/** One address to listen on, as `host:port`; an IPv6 host is written in brackets. */
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

/** A host that looks like an IP address must be a valid one: 999.1.1.1 is no host name either. */
function hasHost(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':'));
  if (host.startsWith('[')) return z.ipv6().safeParse(host.slice(1, -1)).success;
  return !/^[\d.]+$/.test(host) || z.ipv4().safeParse(host).success;
}

/** Addresses at which the API and the interface are served. The first one is printed at the start. */
export const listenSchema = z
  .array(listenAddressSchema)
  .min(1, 'name at least one address, or leave `listen` out')
  .max(16, 'at most 16 addresses')
  .optional()
  .meta({
    id: 'Listen',
    title: 'Addresses',
    description:
      'Where the interface and the API are offered, as host:port. `--host`, `--port` and `PORT` go before it. Taken over at once; where that fails, what was open stays.',
  });

/** A network in CIDR notation, or one address. */
const networkSchema = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'a network is written like 192.168.1.0/24',
});

/** How this Plimsoll receives samples from other machines. */
export const hubSchema = z
  .strictObject({
    enabled: z.boolean().default(true).meta({
      title: 'Receive from other machines',
      description: 'Other machines may send their samples here, with a token of the scope `ingest`.',
    }),
    allowAnonymousFrom: z.array(networkSchema).max(100, 'at most 100 networks').default([]).meta({
      title: 'Networks without a token',
      description:
        'Networks, such as 192.168.1.0/24, from which old clients that know no tokens may send, and read what such clients read.',
      advanced: true,
    }),
    tlsCertificate: z.string().min(1).optional().meta({
      title: 'TLS certificate',
      description:
        'A PEM file with the certificate and those between it and its root. With it and the key, everything is served over TLS. Relative to the folder of the settings; read again every hour.',
    }),
    tlsKey: z.string().min(1).optional().meta({
      title: 'TLS key',
      description:
        'The PEM file with the key of the certificate. `--tls-cert` and `--tls-key` go before both.',
    }),
    names: z.array(z.string().min(1).max(300)).max(50, 'at most 50 names').optional().meta({
      title: 'Names of this hub',
      description:
        'Under which names, with port where they have one, it is asked for besides its own address, such as hub.example.org:8888.',
    }),
    assumeZone: z.record(z.string().min(1).max(300), zoneSchema).optional().meta({
      title: 'Time zones of old clients',
      description:
        'By name or pattern of a host, the zone of its times where it names none, such as `{ "berlin-*": Europe/Berlin }`; the first that fits counts. Without it, UTC.',
      advanced: true,
    }),
    historyRecords: z.int('must be a whole number').min(1).max(100_000).optional().meta({
      title: 'Records of GET /history',
      description:
        'How many of the newest bodies of `POST /ingest` are kept for `GET /history`. Without it, 1000.',
      advanced: true,
    }),
  })
  .refine(({ tlsCertificate, tlsKey }) => (tlsCertificate === undefined) === (tlsKey === undefined), {
    error: '`tlsCertificate` and `tlsKey` belong together: name both, or neither',
  })
  .optional()
  .meta({ id: 'Hub', title: 'Hub' });
export type HubSettings = z.infer<typeof hubSchema>;

/** A source as configured. The options of its kind stand beside the common keys. */
export interface SourceSettings {
  name: string;
  kind: string;
  enabled: boolean;
  intervalSeconds?: number | undefined;
  tags?: string[] | undefined;
  [option: string]: unknown;
}

/** A destination as configured. */
export interface DestinationSettings {
  name: string;
  kind: string;
  enabled: boolean;
  route?: Route | undefined;
  wording?: { title?: string | undefined; text?: string | undefined } | undefined;
  [option: string]: unknown;
}

/** All settings of an owner. `monitor/settings.ts` composes the schema from the kinds and validates against it. */
export interface Settings {
  /** 1, or 1.1 to 1.9 if written by a newer Plimsoll, whose unknown keys are kept. */
  version: number;
  sources: SourceSettings[];
  rules: Rule[];
  destinations: DestinationSettings[];
  monitoring: Monitoring;
  /** Downtimes written in the settings; others are created at run time. */
  downtimes?: Downtime[] | undefined;
  listen?: string[] | undefined;
  reports?: ReportSettings | undefined;
  hub?: HubSettings;
  database?: DatabaseSettings | undefined;
}
