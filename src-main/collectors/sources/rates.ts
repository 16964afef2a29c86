/**
 * The growth per second of several counters of one thing between two readings. Null if one of them went backwards
 * (reset, wrapped, or something new with the same name), was not there before, or no time passed: the growth is then
 * unknown, not 0.
 */
export function ratesOf<Name extends string>(
  before: Readonly<Record<Name, number>>,
  after: Readonly<Record<Name, number>>,
  names: readonly Name[],
  elapsedMs: number,
): Record<Name, number> | null {
  if (elapsedMs <= 0) return null;
  const rates = {} as Record<Name, number>;
  for (const name of names) {
    const growth = after[name] - before[name];
    if (!(growth >= 0)) return null;
    rates[name] = (growth * 1000) / elapsedMs;
  }
  return rates;
}
