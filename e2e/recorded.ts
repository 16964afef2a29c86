import { hostname } from 'node:os';
import { inColumns } from '../src-main/contract/columns.ts';
import { systemClock } from '../src-main/base/clock.ts';
import type { Labels, Reading } from '../src-main/contract/sample.ts';
import { openHistory } from '../src-main/history/open.ts';

const minute = 60_000;

/** One series as it is made up. */
export interface Recorded {
  source: string;
  metric: string;
  labels?: Labels;
  /** Its value so many minutes before now; null where it was not sampled. */
  valueAt: (minutesAgo: number) => number | null;
}

/** Puts samples, `everyMs` apart, into the history of a Plimsoll that does not run. */
export async function record(
  dataDirectory: string,
  made: readonly Recorded[],
  { hours, everyMs }: { hours: number; everyMs: number },
): Promise<void> {
  const { store } = await openHistory(dataDirectory, systemClock);
  const host = hostname();
  const end = Date.now();
  const bySource = Map.groupBy(made, ({ source }) => source);
  const readings: Reading[] = [];
  for (let at = end - hours * 60 * minute; at < end; at += everyMs) {
    for (const [source, own] of bySource) {
      const samples = own.flatMap(({ metric, labels = {}, valueAt }) => {
        const value = valueAt((end - at) / minute);
        return value === null ? [] : [{ metric, labels, value }];
      });
      if (samples.length > 0) readings.push({ host, source, at, durationMs: 1, samples, error: null });
    }
  }
  store.append(readings.map(inColumns));
  store.close();
}
