import { folded, wordsOf } from './finding.ts';

/** Something the palette can lead to. */
export interface PaletteEntry {
  id: string;
  title: string;
  /** What sort of thing it is, said quietly beside it. */
  group: string;
  run: () => void;
}

/**
 * Entries whose title or group contains every word that was typed, in any order; those whose title begins with the
 * text first. Accents and case do not count.
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
