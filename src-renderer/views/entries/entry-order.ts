import type { Entry } from '../../state/entries.ts';
import { finds } from '../../state/finding.ts';

/**
 * Entries as a list shows them: what does not work first, then by kind in the order in which the kinds first appear, within a
 * kind as the settings have them.
 */
export function inOrder<T extends Entry>(entries: readonly T[], ails: (entry: T) => boolean): T[] {
  const kinds = [...new Set(entries.map(({ kind }) => kind))];
  const rank = (entry: T): number => (ails(entry) ? -1 : kinds.indexOf(entry.kind));
  return entries.toSorted((a, b) => rank(a) - rank(b));
}

/** Those whose name or kind has every word of `text`. Case and accents do not count. */
export function fitting<T extends Entry>(
  entries: readonly T[],
  text: string,
  titleOf: (kind: string) => string,
): T[] {
  return entries.filter(({ name, kind }) => finds(text, name, kind, titleOf(kind)));
}
