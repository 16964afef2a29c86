import { secretReferenceSchema } from '../../contract/secret.ts';
import type { SecretReference } from '../../contract/secret.ts';

/** All references to secrets in a document. */
export function referencesIn(value: unknown): SecretReference[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = secretReferenceSchema.safeParse(value);
  return reference.success ? [reference.data] : Object.values(value).flatMap(referencesIn);
}

/** A document with each reference to a secret replaced; returning the reference itself keeps it. */
export function mapReferences<T>(value: T, replace: (reference: SecretReference) => unknown): T {
  return mapLeaves(value, (leaf) => {
    const reference = typeof leaf === 'object' ? secretReferenceSchema.safeParse(leaf) : undefined;
    return reference?.success === true ? { value: replace(reference.data) } : undefined;
  });
}

/** A place in a document: keys, and for elements of lists their names, or indexes if they have none. */
export type Place = readonly string[];

/**
 * A copy of a document with the parts for which `replace` returns something replaced, from the outside in; undefined
 * keeps a part. The document itself is not changed.
 */
export function mapLeaves<T>(
  value: T,
  replace: (value: unknown, place: Place) => { value: unknown } | undefined,
): T {
  const walk = (inner: unknown, place: Place): unknown => {
    const replaced = replace(inner, place);
    if (replaced !== undefined) return replaced.value;
    if (typeof inner !== 'object' || inner === null) return inner;
    if (Array.isArray(inner))
      return inner.map((item, index) => walk(item, [...place, nameOf(item) ?? String(index)]));
    return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, walk(each, [...place, key])]));
  };
  return walk(value, []) as T;
}

function nameOf(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
    ? item.name
    : undefined;
}
