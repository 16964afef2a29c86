/** One point of a sparkline: minimum, mean, maximum and number of samples of a bucket. */
export interface SparkPoint {
  at: number;
  min: number;
  avg: number;
  max: number;
  count: number;
}

export const sparkSpanMs = 3_600_000;
export const sparkBucketMs = 30_000;
const shortestSpanMs = 300_000;
/** The widest sparkline, in pixels. */
const mostPixels = 300;

/** Beginning of the line: an hour ago, or the first point if there is less data, but at least five minutes ago. */
export function sparkFrom(points: readonly SparkPoint[], now: number): number {
  return Math.max(now - sparkSpanMs, Math.min(points[0]?.at ?? now, now - shortestSpanMs));
}

/** End of the line: now, in steps smaller than a pixel, so that a second without a sample redraws nothing. */
export function sparkTo(points: readonly SparkPoint[], now: number): number {
  const pixelMs = (now - sparkFrom(points, now)) / mostPixels;
  const stepMs = 1000 * 2 ** Math.max(0, Math.floor(Math.log2(pixelMs / 1000)));
  return Math.ceil(now / stepMs) * stepMs;
}

/** Adds a live value to its half-minute bucket and drops buckets older than an hour. */
export function withValue(points: readonly SparkPoint[], at: number, value: number): SparkPoint[] {
  const bucket = Math.floor(at / sparkBucketMs) * sparkBucketMs;
  const kept = points.filter((point) => point.at > at - sparkSpanMs);
  const index = kept.findIndex((point) => point.at >= bucket);
  const same = index < 0 ? undefined : kept[index];
  if (same === undefined) return [...kept, { at: bucket, min: value, avg: value, max: value, count: 1 }];
  if (same.at !== bucket)
    return kept.toSpliced(index, 0, { at: bucket, min: value, avg: value, max: value, count: 1 });
  const count = same.count + 1;
  return kept.with(index, {
    at: bucket,
    min: Math.min(same.min, value),
    avg: same.avg + (value - same.avg) / count,
    max: Math.max(same.max, value),
    count,
  });
}

/** Converts a stored time range to points in half-minute buckets. */
export function fromHistory(columns: {
  at: number[];
  min: number[];
  avg: number[];
  max: number[];
}): SparkPoint[] {
  const points: SparkPoint[] = [];
  for (const [index, at] of columns.at.entries()) {
    const min = columns.min[index];
    const avg = columns.avg[index];
    const max = columns.max[index];
    if (min === undefined || avg === undefined || max === undefined) continue;
    const bucket = Math.floor(at / sparkBucketMs) * sparkBucketMs;
    const last = points.at(-1);
    if (last?.at !== bucket) {
      points.push({ at: bucket, min, avg, max, count: 1 });
      continue;
    }
    last.count += 1;
    last.min = Math.min(last.min, min);
    last.avg += (avg - last.avg) / last.count;
    last.max = Math.max(last.max, max);
  }
  return points;
}

/** Merges stored and live points. If both have a bucket, the one with more samples is kept. */
export function merged(stored: readonly SparkPoint[], live: readonly SparkPoint[]): SparkPoint[] {
  const byTime = new Map(stored.map((point) => [point.at, point]));
  for (const point of live) {
    const known = byTime.get(point.at);
    if (known === undefined || point.count >= known.count) byTime.set(point.at, point);
  }
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}
