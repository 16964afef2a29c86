import { z } from 'zod';
import { sourceKinds } from '../collectors/kinds.ts';
import type { SourceKind } from '../collectors/source-kind.ts';
import type { Kinds } from '../contract/kind.ts';
import { ruleSchema } from '../contract/rule.ts';
import { destinationBase, monitoringSchema, sourceBase } from '../contract/settings.ts';
import type { DestinationKind } from '../deliveries/destination-kind.ts';
import { destinationKinds } from '../deliveries/kinds.ts';
import { ownMetrics } from './own-source.ts';

/** A kind with the schema of its whole settings: what all of its sort have, and its own options beside it. */
interface Known<Kind> {
  kind: Kind;
  schema: z.ZodObject;
}

const sources = new Map(sourceKinds.map((kind) => [kind.kind, known<SourceKind>(kind, sourceBase)]));
const destinations = new Map(
  destinationKinds.map((kind) => [kind.kind, known<DestinationKind>(kind, destinationBase)]),
);

function known<Kind extends { kind: string; title: string; description: string; options: z.ZodType }>(
  kind: Kind,
  base: z.ZodRawShape,
): Known<Kind> {
  if (!(kind.options instanceof z.ZodObject))
    throw new TypeError(`the options of kind ${kind.kind} are not an object schema`);
  const schema = z
    .strictObject({ ...base, kind: z.literal(kind.kind), ...kind.options.shape })
    .meta({ title: kind.title, description: kind.description });
  return { kind, schema };
}

export function sourceKind(kind: string): SourceKind | undefined {
  return sources.get(kind)?.kind;
}

export function destinationKind(kind: string): DestinationKind | undefined {
  return destinations.get(kind)?.kind;
}

export const sourceSchemas: ReadonlyMap<string, z.ZodObject> = schemasOf(sources);
export const destinationSchemas: ReadonlyMap<string, z.ZodObject> = schemasOf(destinations);

function schemasOf<Kind>(all: Map<string, Known<Kind>>): Map<string, z.ZodObject> {
  return new Map([...all].map(([kind, { schema }]) => [kind, schema]));
}

/** All kinds as forms and reference docs are drawn from them. */
export function describeKinds(): Kinds {
  return {
    sources: [...sources.values()].map(
      ({ kind: { kind, title, description, intervalSeconds, metrics }, schema }) => ({
        kind,
        title,
        description,
        intervalSeconds,
        metrics,
        schema: jsonSchema(schema),
      }),
    ),
    destinations: [...destinations.values()].map(({ kind: { kind, title, description }, schema }) => ({
      kind,
      title,
      description,
      schema: jsonSchema(schema),
    })),
    own: ownMetrics,
    rule: jsonSchema(ruleSchema),
    monitoring: jsonSchema(monitoringSchema),
  };
}

/** JSON Schema with everything in place: shapes that have a name elsewhere are written out, so that a form needs no look-up. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $defs, ...root } = z.toJSONSchema(schema, { io: 'input' });
  const inline = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inline);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, id: _id, ...own }: Record<string, unknown> = { ...node };
    const named = typeof $ref === 'string' ? inline($defs?.[$ref.replace('#/$defs/', '')]) : {};
    return {
      ...(named as object),
      ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, inline(value)])),
    };
  };
  return inline(root) as Record<string, unknown>;
}

/** The settings of an entry with everything that is secret struck out, by the marks in its kind's schema. */
export function withoutSecrets(entry: { kind: string } & Record<string, unknown>): Record<string, unknown> {
  const schema = sourceSchemas.get(entry.kind) ?? destinationSchemas.get(entry.kind);
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => {
      const field: unknown = schema?.shape[key];
      const secret = field instanceof z.ZodType && field.meta()?.['secret'] === true;
      return [key, secret && value !== undefined ? '[secret]' : value];
    }),
  );
}
