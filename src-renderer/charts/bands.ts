import type { ChartBand } from './scene.ts';

/**
 * Bands as they are drawn: at least `leastMs` wide, and those of the same severity merged if they touch, because
 * overlapping tints would look like a higher severity.
 */
export function seenBands(bands: readonly ChartBand[], leastMs: number): ChartBand[] {
  const seen: ChartBand[] = [];
  for (const severity of ['warning', 'critical'] as const) {
    const own = bands.filter((band) => band.severity === severity).toSorted((a, b) => a.from - b.from);
    let last: ChartBand | undefined;
    for (const band of own) {
      const to = Math.max(band.to, band.from + leastMs);
      if (last !== undefined && band.from <= last.to) last.to = Math.max(last.to, to);
      else seen.push((last = { ...band, to }));
    }
  }
  return seen;
}
