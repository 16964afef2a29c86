import { folded, wordsOf } from './finding.ts';

/** A target in the palette. */
export interface PaletteEntry {
  id: string;
  title: string;
  /** Its type, shown beside it. */
  group: string;
  run: () => void;
}

/**
 * Entries whose title or group contains all words of the text, in any order; those whose title begins with the text
 * come first. Accents and case are ignored.
 */
export function matching(entries: readonly PaletteEntry[], text: string): PaletteEntry[] {
  const wanted = wordsOf(text);
  const start = folded(text).trim();
  const begins = (entry: PaletteEntry): number =>
    start !== '' && folded(entry.title).startsWith(start) ? 0 : 1;
  return entries
    .filter((entry) => wanted.every((word) => folded(`${entry.title} ${entry.group}`).includes(word)))
    .sort((a, b) => begins(a) - begins(b));
}
