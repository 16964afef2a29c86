/** A form field, derived from a JSON Schema. */
export type SchemaField = {
  key: string;
  /** The kind it is an option of, or the `scope` of the form; null for neither. */
  kind: string | null;
  title: string;
  description: string;
  required: boolean;
  /** Rarely needed: collapsed until the reader expands it. */
  advanced: boolean;
  unit: string | null;
  fallback: unknown;
} & FieldType;

type FieldType =
  | { type: 'text'; multiline: boolean; format: 'url' | 'email' | null; maximum: number | null }
  | { type: 'boolean' }
  | { type: 'number'; whole: boolean; minimum: number | null; maximum: number | null }
  | { type: 'choice'; options: string[] }
  | { type: 'choices'; options: string[] }
  /** Texts in the reader's order. */
  | { type: 'list'; wholeLines: boolean; itemMaximum: number | null; maximum: number | null }
  /** Named texts; with `secrets`, a text may also be a secret. */
  | { type: 'record'; secrets: boolean; itemMaximum: number | null }
  /** A reference to a secret. */
  | { type: 'secret' };

type Json = Record<string, unknown>;

/** Limits the text field `key` of a schema to these choices, which the window knows but the schema does not. */
export function withChoices(schema: Json, key: string, choices: readonly string[]): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const { [key]: property } = properties;
  if (!isObject(property)) return schema;
  return { ...schema, properties: { ...properties, [key]: { ...property, enum: [...choices] } } };
}

/**
 * The fields of an object schema in order, without `hidden`. Fields that no form can draw are left out. `scope` names
 * the form if the schema does not belong to a kind.
 */
export function schemaFields(
  schema: Json,
  hidden: readonly string[] = [],
  scope: string | null = null,
): SchemaField[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const kind = isObject(properties.kind) ? text(properties.kind.const) : scope;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).flatMap(([key, property]) => {
    if (hidden.includes(key) || !isObject(property)) return [];
    const field = typeOf(property);
    if (field === null) return [];
    return [
      {
        key,
        kind,
        title: text(property.title) ?? key,
        description: text(property.description) ?? '',
        required: required.includes(key) && property.default === undefined,
        advanced: property.advanced === true,
        unit: text(property.unit),
        fallback: property.default,
        ...field,
      },
    ];
  });
}

function typeOf(property: Json): FieldType | null {
  const options = optionsOf(property);
  if (options !== null) return { type: 'choice', options };
  if (holdsReference(property)) return { type: 'secret' };
  switch (property.type) {
    case 'string':
      return {
        type: 'text',
        multiline: property.multiline === true,
        format: property.format === 'uri' ? 'url' : property.format === 'email' ? 'email' : null,
        maximum: limit(property.maxLength),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
    case 'integer':
      return {
        type: 'number',
        whole: property.type === 'integer',
        minimum: limit(property.minimum),
        maximum: limit(property.maximum),
      };
    case 'array':
      return isObject(property.items) ? listOf(property.items, property) : null;
    case 'object':
      return isObject(property.additionalProperties) ? recordOf(property.additionalProperties) : null;
    default:
      return null;
  }
}

function listOf(items: Json, list: Json): FieldType | null {
  const options = optionsOf(items);
  if (options !== null) return { type: 'choices', options };
  return items.type === 'string'
    ? {
        type: 'list',
        wholeLines: list.wholeLines === true,
        itemMaximum: limit(items.maxLength),
        maximum: limit(list.maxItems),
      }
    : null;
}

function recordOf(value: Json): FieldType | null {
  const kinds = Array.isArray(value.anyOf) ? value.anyOf.filter(isObject) : [value];
  const plain = kinds.find((kind) => kind.type === 'string');
  if (plain === undefined) return null;
  return { type: 'record', secrets: kinds.some(holdsReference), itemMaximum: limit(plain.maxLength) };
}

/** Whether a field is a secret, which the settings hold only as a reference: an object with `env`, `file` or `secret`. */
function holdsReference(property: Json): boolean {
  return property.secret === true && Array.isArray(property.anyOf);
}

function optionsOf(property: Json): string[] | null {
  if (!Array.isArray(property.enum)) return null;
  return property.enum.filter((option) => typeof option === 'string');
}

/** Checks a number against the bounds of its field; the interface has a sentence for each problem. */
export function boundsProblem(
  field: Extract<SchemaField, { type: 'number' }>,
  value: number | null,
): 'missing' | 'whole' | 'range' | null {
  if (value === null) return field.required || field.fallback !== undefined ? 'missing' : null;
  if (field.whole && !Number.isInteger(value)) return 'whole';
  const low = field.minimum !== null && value < field.minimum;
  return low || (field.maximum !== null && value > field.maximum) ? 'range' : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
function limit(value: unknown): number | null {
  // JSON Schema contains the bounds of safe integers if no others were set.
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
}
