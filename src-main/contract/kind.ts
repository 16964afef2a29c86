import { z } from 'zod';
import { metricDefinitionSchema } from './metric.ts';

/** A source kind as the window needs it: to draw its form and to label its numbers. */
export const sourceKindViewSchema = z
  .object({
    kind: z.string(),
    title: z.string(),
    description: z.string(),
    intervalSeconds: z.number(),
    metrics: z.record(z.string(), metricDefinitionSchema),
    /** It may find metrics that are not listed here; rules may name any metric. */
    anyMetric: z.boolean(),
    /** Push source: others post its samples to `/api/v1/push/NAME`, and Plimsoll never polls it. */
    fed: z.boolean(),
    schema: z
      .record(z.string(), z.unknown())
      .meta({ description: 'JSON Schema of the settings, titles and units included.' }),
  })
  .meta({ id: 'SourceKind' });
export type SourceKindView = z.infer<typeof sourceKindViewSchema>;

export const destinationKindViewSchema = z
  .object({
    kind: z.string(),
    title: z.string(),
    description: z.string(),
    /** What the destination accepts. */
    takes: z.enum(['alerts', 'samples']),
    takesReports: z.boolean(),
    schema: z
      .record(z.string(), z.unknown())
      .meta({ description: 'JSON Schema of the settings, titles and units included.' }),
  })
  .meta({ id: 'DestinationKind' });
export type DestinationKindView = z.infer<typeof destinationKindViewSchema>;

/** The fields that a form needs, of a source kind or a destination kind. */
export type EntryKindView = Pick<DestinationKindView, 'kind' | 'title' | 'description' | 'schema'>;

export const kindsSchema = z
  .object({
    sources: z.array(sourceKindViewSchema),
    destinations: z.array(destinationKindViewSchema),
    /** Metrics of Plimsoll's own source, which is called `plimsoll`. */
    own: z.record(z.string(), metricDefinitionSchema),
    rule: z.record(z.string(), z.unknown()),
    monitoring: z.record(z.string(), z.unknown()),
    /** JSON Schema of `listen`, a list of addresses. */
    listen: z.record(z.string(), z.unknown()),
    /** JSON Schema of `hub`. */
    hub: z.record(z.string(), z.unknown()),
    /** JSON Schema of `database`. */
    database: z.record(z.string(), z.unknown()),
    downtime: z.record(z.string(), z.unknown()),
    reports: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Kinds' });
export type Kinds = z.infer<typeof kindsSchema>;
