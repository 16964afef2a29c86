/**
 * How much each of several counters of one thing grew per second between two readings. Null when one of them went
 * backwards (they were reset, one wrapped, or they belong to something new of the same name), when one was not there
 * before, or when no time passed: how much there was is then unknown, and not 0.
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
