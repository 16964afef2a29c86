/** Longer words are no typing errors, and comparing them takes long. */
const longest = 200;

/** The candidate closest to the written word, if close enough for a typing error. */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(written.length / 3));
  if (written.length > longest) return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - written.length) > allowed) continue;
    const distance = editDistance(written.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && (best === undefined || distance < best.distance))
      best = { candidate, distance };
  }
  return best?.candidate ?? startingWith(written, candidates);
}

/**
 * The only candidate whose first word is the written one, give or take one letter, such as `intervalSeconds` for
 * `intervall`.
 */
function startingWith(written: string, candidates: readonly string[]): string | undefined {
  if (written.length < 4) return undefined;
  const found = candidates.filter((candidate) => {
    const [first = ''] = /^[a-z0-9]+(?=[A-Z_-])/.exec(candidate) ?? [];
    return first !== '' && editDistance(written.toLowerCase(), first) <= 1;
  });
  return found.length === 1 ? found[0] : undefined;
}

/** `Did you mean …?` with a leading space, or nothing. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const candidate = closest(written, candidates);
  return candidate === undefined ? '' : ` Did you mean ${candidate}?`;
}

/**
 * The number of letters to insert, delete, replace or swap with their neighbour to turn `a` into `b` (optimal string
 * alignment, after Damerau, CACM 7:3, 1964).
 */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
