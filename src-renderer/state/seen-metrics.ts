import type { Sample } from '../../src-main/contract/sample.ts';

/** The metrics of a source of which there are samples now, by name. */
export function seenMetrics(latest: ReadonlyMap<string, Sample>, source: string): string[] {
  const own = [...latest.values()].filter((sample) => sample.source === source);
  return [...new Set(own.map((sample) => sample.metric))].toSorted();
}
