/** Normalizes a text for comparison: accents and case are ignored. */
export function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** The words of a search text. */
export function wordsOf(text: string): string[] {
  return folded(text).split(/\s+/).filter(Boolean);
}

/** Whether every search word occurs in `texts`. An empty search matches everything. */
export function finds(text: string, ...texts: readonly string[]): boolean {
  const all = folded(texts.join(' '));
  return wordsOf(text).every((word) => all.includes(word));
}

/** Where the normalized `words` occur in a text: start and end, as indexes into the original text. */
export function placesOf(words: readonly string[], text: string): [number, number][] {
  // Normalizing may change the length of a text, so each character remembers its origin.
  let plain = '';
  const origin: number[] = [];
  let at = 0;
  for (const character of text) {
    const one = folded(character);
    origin.push(...Array<number>(one.length).fill(at));
    plain += one;
    at += character.length;
  }
  origin.push(at);
  return words.flatMap((word) => {
    const found: [number, number][] = [];
    for (let from = plain.indexOf(word); from >= 0; from = plain.indexOf(word, from + word.length)) {
      found.push([origin[from] ?? 0, origin[from + word.length] ?? at]);
    }
    return found;
  });
}
