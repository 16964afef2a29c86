const firstMs = 1000;
const longestMs = 30_000;

/**
 * How long to wait before the next attempt, in milliseconds: doubles from one second to thirty, minus a random part of up to
 * half, so that many windows do not reconnect at once. `failures` counts from 1; `chance` is a random number in [0, 1).
 */
export function backoffMs(failures: number, chance: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.round(full * (1 - chance / 2));
}
