/** To two decimals: more would only take space. */
export function roundPercent(percent: number): number {
  return Math.round(percent * 100) / 100;
}

/** Bytes as GiB (2^30 bytes) to three decimals, about one MiB. */
export function gibibytes(bytes: number): number {
  return Math.round((bytes / 2 ** 30) * 1000) / 1000;
}

/** Events per second to two decimals: one error in ten seconds must not become none. */
export function roundRate(perSecond: number): number {
  return Math.round(perSecond * 100) / 100;
}
