import type { Sample } from '../../src-main/contract/sample.ts';

/** Metrics of a source with current samples, by name. */
export function seenMetrics(latest: ReadonlyMap<string, Sample>, source: string): string[] {
  const own = [...latest.values()].filter((sample) => sample.source === source);
  return [...new Set(own.map((sample) => sample.metric))].toSorted();
}
