const firstMs = 1000;
const longestMs = 30_000;

/**
 * How long to wait before the next attempt: doubling from one second to thirty, with up to half taken off so that
 * many windows do not return at once. `failures` counts from 1; `chance` is a random number in [0, 1).
 */
export function backoffMs(failures: number, chance: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.round(full * (1 - chance / 2));
}
