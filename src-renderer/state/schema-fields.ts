/** One field of a form, as its JSON Schema describes it. */
export type SchemaField = {
  key: string;
  title: string;
  description: string;
  required: boolean;
  secret: boolean;
  unit: string | null;
  fallback: unknown;
} & (
  | { type: 'text' }
  | { type: 'boolean' }
  | { type: 'number'; whole: boolean; minimum: number | null; maximum: number | null }
  | { type: 'choice'; options: string[] }
  | { type: 'choices'; options: string[] }
);

type Json = Record<string, unknown>;

/** The fields of an object's schema, in its order, without `hidden`. What no form can draw is left out, never guessed. */
export function schemaFields(schema: Json, hidden: readonly string[] = []): SchemaField[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).flatMap(([key, property]) => {
    if (hidden.includes(key) || !isObject(property)) return [];
    const field = typeOf(property);
    if (field === null) return [];
    return [
      {
        key,
        title: text(property.title) ?? key,
        description: text(property.description) ?? '',
        required: required.includes(key) && property.default === undefined,
        secret: property.secret === true,
        unit: text(property.unit),
        fallback: property.default,
        ...field,
      },
    ];
  });
}

function typeOf(property: Json) {
  const options = optionsOf(property);
  if (options !== null) return { type: 'choice', options } as const;
  switch (property.type) {
    case 'string':
      return { type: 'text' } as const;
    case 'boolean':
      return { type: 'boolean' } as const;
    case 'number':
    case 'integer':
      return {
        type: 'number',
        whole: property.type === 'integer',
        minimum: limit(property.minimum),
        maximum: limit(property.maximum),
      } as const;
    case 'array': {
      const items = isObject(property.items) ? optionsOf(property.items) : null;
      return items === null ? null : ({ type: 'choices', options: items } as const);
    }
    default:
      return null;
  }
}

function optionsOf(property: Json): string[] | null {
  if (!Array.isArray(property.enum)) return null;
  return property.enum.filter((option) => typeof option === 'string');
}

/** Whether a number is within its field's bounds; the interface has a sentence for each problem. */
export function boundsProblem(
  field: Extract<SchemaField, { type: 'number' }>,
  value: number | null,
): 'missing' | 'whole' | 'range' | null {
  if (value === null) return field.required || field.fallback !== undefined ? 'missing' : null;
  if (field.whole && !Number.isInteger(value)) return 'whole';
  const low = field.minimum !== null && value < field.minimum;
  return low || (field.maximum !== null && value > field.maximum) ? 'range' : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
function limit(value: unknown): number | null {
  // JSON Schema writes the bounds of safe integers where nobody set any.
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
}
