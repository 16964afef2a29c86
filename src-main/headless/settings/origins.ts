import type { Override } from '../../contract/import.ts';
import { pathText } from '../../monitor/settings/words.ts';

/** One setting and its origin. */
export interface OriginRow {
  path: string;
  value: string;
  origin: string;
}

/**
 * Every setting, one row each: from the environment, from a place in the file, or a default, in order of precedence.
 * `placeOf` returns line and column of a key that is written in the file.
 */
export function originRows(
  settings: object,
  overrides: readonly Override[],
  placeOf: (path: readonly PropertyKey[]) => string | undefined,
): OriginRow[] {
  const overridden = new Map(overrides.map(({ path, origin }) => [path, origin]));
  const rows: OriginRow[] = [];
  const walk = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'object' && value !== null && !isLeaf(value)) {
      for (const [key, inner] of entriesOf(value)) walk(inner, [...path, key]);
      return;
    }
    if (value === undefined) return;
    const text = pathText(path);
    const origin = overridden.get(text) ?? placeOf(path) ?? 'default';
    rows.push({ path: text, value: JSON.stringify(value), origin });
  };
  walk(settings, []);
  return rows;
}

function entriesOf(value: object): [PropertyKey, unknown][] {
  return Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
}

/** A reference to a secret, or an empty object, is one setting. */
function isLeaf(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 0 || (keys.length === 1 && ['env', 'file', 'secret'].includes(keys[0] ?? ''));
}
