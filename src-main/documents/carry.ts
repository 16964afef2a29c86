import { isDeepStrictEqual } from 'node:util';

/**
 * A document as plain data, with the differences between two versions of its settings carried into it: keys that
 * neither version knows, as a newer Plimsoll writes them, stay. `before` is what the document meant, defaults filled in.
 * Entries of a list are known by their id or name, wherever they move to.
 */
export function carried(document: unknown, before: unknown, after: unknown): unknown {
  if (isRecord(document) && isRecord(before) && isRecord(after)) {
    const unknownKeys = Object.entries(document).filter(
      ([key]) => !Object.hasOwn(before, key) && !Object.hasOwn(after, key),
    );
    const known = Object.entries(after).map(([key, value]) => [
      key,
      carried(document[key], before[key], value),
    ]);
    return Object.fromEntries([...known, ...unknownKeys]);
  }
  if (Array.isArray(document) && Array.isArray(before) && Array.isArray(after)) {
    if (document.length !== before.length) return after;
    return after.map((entry: unknown) => {
      const at = before.findIndex((other: unknown) => isSame(other, entry));
      return at < 0 ? entry : carried(document[at], before[at], entry);
    });
  }
  return after;
}

function isSame(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return isDeepStrictEqual(a, b);
  const identity = (entry: Record<string, unknown>) => entry['id'] ?? entry['name'];
  return identity(a) !== undefined && identity(a) === identity(b);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
