import type { SeriesRange } from '../../src-main/contract/history.ts';

/**
 * Appends a sample to a time range, as history would return it. Samples not newer than the last entry are ignored,
 * because they are included already. The lists are the same objects, extended; the returned object is new, so that the
 * change is detected.
 */
export function withSample(range: SeriesRange, at: number, value: number): SeriesRange {
  const { bucketMs, summary } = range;
  const end = range.at.at(-1);
  if (summary?.lastAt !== undefined && summary.lastAt !== null && at <= summary.lastAt) return range;
  if (bucketMs > 0 && end !== undefined && at < end + bucketMs) {
    const place = range.at.length - 1;
    range.min[place] = Math.min(range.min[place] ?? value, value);
    range.max[place] = Math.max(range.max[place] ?? value, value);
    // The number of samples in the mean is unknown, so this is an estimate; the next answer of history corrects it.
    range.avg[place] = ((range.avg[place] ?? value) + value) / 2;
  } else {
    if (end !== undefined && at <= end) return range;
    range.at.push(bucketMs > 0 && end !== undefined ? bucketBefore(at, end, bucketMs) : at);
    range.min.push(value);
    range.avg.push(value);
    range.max.push(value);
  }
  return {
    ...range,
    summary: {
      min: Math.min(summary?.min ?? value, value),
      avg: summary?.avg ?? value,
      max: Math.max(summary?.max ?? value, value),
      last: value,
      lastAt: at,
    },
  };
}

function bucketBefore(at: number, end: number, bucketMs: number): number {
  return end + Math.floor((at - end) / bucketMs) * bucketMs;
}
