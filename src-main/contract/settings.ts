import { z } from 'zod';
import { nameSchema } from './fields.ts';
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
    rawRetentionHours: z.int().min(1).max(87_600).default(168).meta({
      title: 'Keep samples',
      unit: 'hours',
      description: 'How long samples are kept. Alerts are kept regardless.',
    }),
  })
  .meta({ id: 'Monitoring', title: 'Monitoring' });
export type Monitoring = z.infer<typeof monitoringSchema>;

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
  version: 1;
  sources: SourceSettings[];
  rules: Rule[];
  destinations: DestinationSettings[];
  monitoring: Monitoring;
}
