import { z } from 'zod';
import { isSecretName, withoutSecretParameters } from '../base/secret-names.ts';
import { sourceKinds } from '../collectors/source-kinds.ts';
import type { SourceKind } from '../collectors/source-kind.ts';
import type { Kinds } from '../contract/kind.ts';
import { databaseSchema } from '../contract/database.ts';
import { downtimeSchema } from '../contract/downtime.ts';
import { reportSettingsSchema } from '../contract/report.ts';
import { ruleSchema } from '../contract/rule.ts';
import {
  destinationBase,
  destinationRest,
  hubSchema,
  listenSchema,
  monitoringSchema,
  recordRest,
  sourceBase,
} from '../contract/settings.ts';
import type { DestinationKind } from '../deliveries/destination-kind.ts';
import { destinationKinds } from '../deliveries/destination-kinds.ts';
import type { SampleDestinationKind } from '../deliveries/onward/sample-destination.ts';
import { wordingSchema } from '../deliveries/templates.ts';
import { ownMetrics } from './own-source.ts';
import { mapLeaves, mapReferences } from './settings/secret-references.ts';

/** The complete settings of an entry, by kind: the common ones and the kind's own options. */
export const sourceSchemas = new Map(sourceKinds.map((kind) => [kind.kind, schemaOf(kind, sourceBase)]));
export const destinationSchemas = new Map(
  destinationKinds.map((kind) => [kind.kind, schemaOf(kind, destinationBase, restOf(kind))]),
);

function restOf(kind: DestinationKind | SampleDestinationKind): z.ZodRawShape {
  if (kind.role === 'samples') return {};
  if (kind.role === 'record') return recordRest;
  const { template, carries } = kind;
  if (carries === 'record') return destinationRest;
  return template === undefined ? { ...destinationRest, wording: wordingSchema.optional() } : destinationRest;
}

function schemaOf(
  kind: SourceKind | DestinationKind | SampleDestinationKind,
  base: z.ZodRawShape,
  rest: z.ZodRawShape = {},
): z.ZodObject {
  if (!(kind.options instanceof z.ZodObject)) {
    throw new TypeError(`the options of kind ${kind.kind} are not an object schema`);
  }
  // A shape is the keys alone; beside it stands what the kind demands of several of them together. (safeExtend() would
  // bring both, and put the name last in every form. zod types checks as if they could be given to nothing.)
  const checks = (kind.options.def.checks ?? []) as unknown as readonly z.core.$ZodCheck<object>[];
  return z
    .strictObject({ ...base, kind: z.literal(kind.kind), ...kind.options.shape, ...rest })
    .check(...checks)
    .meta({ title: kind.title, description: kind.description });
}

/** All kinds, for forms and reference docs. */
export function describeKinds(): Kinds {
  return {
    sources: sourceKinds.map(({ kind, title, description, intervalSeconds, metrics, anyMetric, fed }) => ({
      kind,
      title,
      description,
      intervalSeconds,
      metrics,
      anyMetric: anyMetric === true,
      fed: fed === true,
      schema: jsonSchema(sourceSchemas.get(kind)),
    })),
    destinations: destinationKinds.map((destination) => ({
      kind: destination.kind,
      title: destination.title,
      description: destination.description,
      takes: destination.role === 'samples' ? 'samples' : 'alerts',
      takesReports: destination.role !== 'samples' && destination.takesReports === true,
      schema: jsonSchema(destinationSchemas.get(destination.kind)),
    })),
    own: ownMetrics,
    rule: jsonSchema(ruleSchema),
    monitoring: jsonSchema(monitoringSchema),
    listen: jsonSchema(listenSchema),
    hub: jsonSchema(hubSchema),
    database: jsonSchema(databaseSchema),
    downtime: jsonSchema(downtimeSchema),
    reports: jsonSchema(reportSettingsSchema),
  };
}

/**
 * The whole `plimsoll.yaml` as JSON Schema (draft 2020-12), for editors that complete and validate while somebody
 * types.
 */
export function settingsJsonSchema(): Record<string, unknown> {
  const listOf = (schemas: ReadonlyMap<string, z.ZodObject>) => ({
    type: 'array',
    items: { oneOf: [...schemas.values()].map((schema) => jsonSchema(schema)) },
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'plimsoll.yaml',
    type: 'object',
    properties: {
      version: { const: 1 },
      sources: listOf(sourceSchemas),
      rules: { type: 'array', items: jsonSchema(ruleSchema) },
      destinations: listOf(destinationSchemas),
      monitoring: jsonSchema(monitoringSchema),
      downtimes: { type: 'array', items: jsonSchema(downtimeSchema) },
      listen: jsonSchema(listenSchema),
      reports: jsonSchema(reportSettingsSchema),
      hub: jsonSchema(hubSchema),
      database: jsonSchema(databaseSchema),
    },
    required: ['version'],
    additionalProperties: false,
  };
}

/** JSON Schema without references: named shapes are written out, so that a form needs no look-up. */
function jsonSchema(schema: z.ZodType = z.never()): Record<string, unknown> {
  const { $defs, ...root } = z.toJSONSchema(schema, { io: 'input' });
  const inline = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inline);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, ...own }: Record<string, unknown> = { ...node };
    // A schema's own name; a property called id is an object.
    if (typeof own['id'] === 'string') delete own['id'];
    const named = typeof $ref === 'string' ? inline($defs?.[$ref.replace('#/$defs/', '')]) : {};
    return {
      ...(named as object),
      ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, inline(value)])),
    };
  };
  return inline(root) as Record<string, unknown>;
}

/**
 * The settings of an entry with all secrets struck out: options marked in the kind's schema, references to secrets
 * anywhere, and headers and URL parameters with names of secrets.
 */
export function withoutSecrets(entry: { kind: string } & Record<string, unknown>): Record<string, unknown> {
  const schema = sourceSchemas.get(entry.kind) ?? destinationSchemas.get(entry.kind);
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => {
      const field: unknown = schema?.shape[key];
      const secret = field instanceof z.ZodType && field.meta()?.['secret'] === true;
      return [key, secret && value !== undefined ? '[secret]' : withoutReferences(value)];
    }),
  );
}

function withoutReferences(value: unknown): unknown {
  return mapLeaves(
    mapReferences(withoutUrlSecrets(value), () => '[secret]'),
    (inner, place) =>
      typeof inner === 'string' && isSecretName(place.at(-1) ?? '') ? { value: '[secret]' } : undefined,
  );
}

/**
 * Settings for readers who may not change them: URL parameters with names of secrets (`?token=…`) are struck out.
 * References and everything else stay.
 */
export function withoutUrlSecrets<T>(settings: T): T {
  return mapLeaves(settings, (value) =>
    typeof value === 'string' ? { value: withoutSecretParameters(value) } : undefined,
  );
}
