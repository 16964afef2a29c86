/** A text as it is compared: accents and case do not count. */
export function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** The words of what somebody looks for. */
export function wordsOf(text: string): string[] {
  return folded(text).split(/\s+/).filter(Boolean);
}

/** Whether every word that is looked for stands somewhere in `texts`. Who looks for nothing finds everything. */
export function finds(text: string, ...texts: readonly string[]): boolean {
  const all = folded(texts.join(' '));
  return wordsOf(text).every((word) => all.includes(word));
}

/** Where `words`, folded already, stand in a text: from and to, in the text's own characters. */
export function placesOf(words: readonly string[], text: string): [number, number][] {
  // Folding may change a text's length: each folded character remembers where it came from.
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
