/** A step of a path: a key, an index, or every element of a list or object. */
export type Step = { key: string } | { index: number } | 'all';

/** A match of a path: where it is, written like `disks.0.used`, and its value. */
export interface Found {
  place: string;
  value: unknown;
}

const charactersAtMost = 500;

/** Member names that need no quotes (RFC 9535, 2.5.1.1). */
const shorthandAt = /\.([\p{L}_][\p{L}\p{M}\p{N}_]*)/uy;
const allAt = /\.\*|\[\*\]/y;
const indexAt = /\[(0|-?[1-9][0-9]{0,8})\]/y;
const quotedAt = /\[(?:'((?:[^'\\]|\\['\\/])*)'|"((?:[^"\\]|\\["\\/])*)")\]/y;

/**
 * Parses a path in the subset of JSONPath (RFC 9535) that selects by name, index or wildcard: `$.a.b[0]['c d'][*]`.
 * Returns its steps, or a problem worded as the end of a sentence. Decision 13 says why filters, slices, unions and
 * `..` are left out.
 */
export function parseJsonPath(path: string): Step[] | string {
  if (path.length > charactersAtMost) return `has more than ${charactersAtMost} characters`;
  if (!path.startsWith('$')) return 'must begin with $, such as $.memory.used';
  const steps: Step[] = [];
  for (let at = 1; at < path.length;) {
    const match = (pattern: RegExp) => {
      pattern.lastIndex = at;
      return pattern.exec(path);
    };
    const all = match(allAt);
    const index = match(indexAt);
    const name = match(shorthandAt) ?? match(quotedAt);
    const found = all ?? index ?? name;
    if (found === null)
      return `cannot be read at ${at + 1}, before ${JSON.stringify(path.slice(at, at + 20))}${hintOf(path.slice(at))}`;
    if (all !== null) steps.push('all');
    else if (index !== null) steps.push({ index: Number(index[1]) });
    else steps.push({ key: (found[1] ?? found[2] ?? '').replace(/\\(.)/g, '$1') });
    at += found[0].length;
  }
  return steps;
}

function hintOf(rest: string): string {
  if (rest.startsWith('..')) return '; `..` is not supported, write the whole path';
  if (/^\[[?(]/.test(rest)) return '; filters are not supported';
  if (/^\[[^\]]*[:,]/.test(rest)) return '; slices and lists are not supported, use [*]';
  return "; a name with other letters is written ['like this']";
}

/** Everything a path matches in a parsed JSON value. Only own members match; a negative index counts from the end. */
export function findByPath(root: unknown, steps: readonly Step[]): Found[] {
  let found: Found[] = [{ place: '', value: root }];
  for (const step of steps) found = found.flatMap((one) => stepInto(one, step));
  return found;
}

function stepInto({ place, value }: Found, step: Step): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = (key: string, there: unknown) => ({
    place: place === '' ? key : `${place}.${key}`,
    value: there,
  });
  if (step === 'all') return Object.entries(value).map(([key, there]) => inner(key, there));
  if ('index' in step) {
    if (!Array.isArray(value)) return [];
    const at = step.index < 0 ? value.length + step.index : step.index;
    return at in value ? [inner(String(at), value[at])] : [];
  }
  if (Array.isArray(value) || !Object.hasOwn(value, step.key)) return [];
  return [inner(step.key, (value as Record<string, unknown>)[step.key])];
}
