import type { SparkPoint } from './spark-buffer.ts';

export interface SparkFrame {
  width: number;
  height: number;
  from: number;
  to: number;
  /** Values at the lower and upper edge. */
  low: number;
  high: number;
  /** Duration of a point, in milliseconds: the newest one extends for this long, or to `to`. */
  bucketMs: number;
  /** Points further apart than this, in milliseconds, are not joined. */
  gapMs: number;
}

/** SVG paths of a sparkline: the mean as a line, the band between the extremes, the area below the line. */
export interface SparkPaths {
  line: string;
  band: string;
  area: string;
}

/** Draws the points as paths. The line breaks at gaps longer than `gapMs`. */
export function sparkPaths(points: readonly SparkPoint[], frame: SparkFrame): SparkPaths {
  const inside = points.filter(({ at }) => at + frame.bucketMs >= frame.from && at <= frame.to);
  const newest = inside.at(-1);
  const paths: SparkPaths = { line: '', band: '', area: '' };
  for (const found of stretches(inside, frame.gapMs)) {
    const stretch = found.map((point) => ({ ...point, at: placeOf(point, point === newest, frame) }));
    const first = stretch[0];
    const last = stretch.at(-1);
    if (first === undefined || last === undefined) continue;
    const mean = stretch.map((point) => `${x(point.at, frame)} ${y(point.avg, frame)}`);
    // A single point is drawn for its duration, because a line without length would be invisible.
    if (found.length === 1) {
      const start = x(Math.max(frame.from, found[0]?.at ?? 0), frame);
      paths.line += `M${start} ${y(first.avg, frame)}h${round(Math.max(1.5, x(last.at, frame) - start))}`;
      continue;
    }
    paths.line += `M${mean.join('L')}`;
    paths.area += `M${x(first.at, frame)} ${frame.height}L${mean.join('L')}L${x(last.at, frame)} ${frame.height}Z`;
    const upper = stretch.map((point) => `${x(point.at, frame)} ${y(point.max, frame)}`);
    const lower = stretch.toReversed().map((point) => `${x(point.at, frame)} ${y(point.min, frame)}`);
    paths.band += `M${upper.join('L')}L${lower.join('L')}Z`;
  }
  return paths;
}

/** Vertical position of a value, rounded to a tenth of a pixel and limited to the frame. */
export function y(value: number, { low, high, height }: SparkFrame): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return round(height - 1 - Math.min(1, Math.max(0, share)) * (height - 2));
}

/** The first bucket may begin before the frame; the newest value counts as the current one. */
function placeOf({ at }: SparkPoint, newest: boolean, { from, to, bucketMs }: SparkFrame): number {
  return newest ? Math.min(to, at + bucketMs) : Math.max(from, at);
}

function x(at: number, { from, to, width }: SparkFrame): number {
  return round(((at - from) / (to - from)) * width);
}

function stretches(points: readonly SparkPoint[], gapMs: number): SparkPoint[][] {
  const found: SparkPoint[][] = [];
  let before: SparkPoint | undefined;
  for (const point of points) {
    if (before === undefined || point.at - before.at > gapMs) found.push([]);
    found.at(-1)?.push(point);
    before = point;
  }
  return found;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
