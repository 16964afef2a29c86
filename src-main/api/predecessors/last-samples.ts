import { oldestAt } from '../../contract/ingest.ts';
import type { Series } from '../../contract/sample.ts';
import type { HistoryApi } from '../../monitor/records/history-api.ts';

/** Most entries in one answer of history, and so the most samples to ask for here. */
export const samplesAtMost = 10_000;
/** If history answers even a range this short in buckets, the raw samples of that time were deleted. */
const shortestMs = 60_000;
/** Most queries for one request: a series can have gaps of years and bursts of thousands of samples. */
const questionsAtMost = 40;

/**
 * The last samples of a series up to `newestAt`, oldest first, as far back as raw samples are kept. `everyMs` is their
 * expected interval, for the first guess of the range.
 */
export async function lastSamples(
  history: Pick<HistoryApi, 'range'>,
  { host, source, metric, labels }: Series,
  { newestAt, everyMs, limit }: { newestAt: number; everyMs: number; limit: number },
): Promise<{ at: number; value: number }[]> {
  const stretches: { at: number; value: number }[][] = [];
  let [to, found] = [newestAt + 1, 0];
  let widthMs = Math.max(shortestMs, 2 * limit * everyMs);
  let mayGrow = true;
  for (let question = 0; question < questionsAtMost && found < limit && to > oldestAt; question++) {
    const from = Math.max(oldestAt, to - widthMs);
    const { bucketMs, at, avg } = await history.range({
      ...{ host, source, metric, labels: { ...labels }, from, to },
      points: samplesAtMost,
    });
    if (bucketMs === 0) {
      stretches.unshift(at.map((time, index) => ({ at: time, value: avg[index] ?? NaN })));
      found += at.length;
      to = from;
      if (mayGrow) widthMs *= 4;
      continue;
    }
    if (widthMs <= shortestMs) break;
    mayGrow = false;
    widthMs = Math.max(shortestMs, Math.ceil(widthMs / 4));
  }
  return stretches.flat().slice(-limit);
}
