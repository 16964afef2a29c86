import type { Unit } from '../../src-main/contract/metric.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from '../state/format.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const timeSteps = [
  minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  4 * day,
  7 * day,
];

/** Times to label on an axis, at most `most`, on full local hours and days. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step =
    timeSteps.find((size) => (to - from) / size <= most) ?? Math.ceil((to - from) / most / day) * day;
  // Local midnight, so that ticks fall on the reader's own hours and days.
  const origin = new Date(from).setHours(0, 0, 0, 0);
  const first = origin + Math.ceil((from - origin) / step) * step;
  const ticks: number[] = [];
  for (let at = first; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** The time of day, or the date at midnight and for long ranges. */
export function timeLabel(at: number, span: number, format: Format): string {
  if (span > 3 * day) return format.day(at);
  const date = new Date(at);
  return date.getHours() === 0 && date.getMinutes() === 0 && span > 2 * hour
    ? format.weekday(at)
    : format.shortClock(at);
}

export interface ValueAxis {
  low: number;
  high: number;
  ticks: number[];
  /** Its values are 0 for no and 1 for yes. */
  isYesNo?: true;
}

/** A value axis from zero that fits all values: up to the metric's full value, or to a round number above the highest. */
export function valueAxis(full: number | undefined, highest: number, lowest: number, unit: Unit): ValueAxis {
  // A metric that is full at 1 is yes or no; half of that is neither.
  if (full === 1 && lowest >= 0 && highest <= 1) return { low: 0, high: 1, ticks: [0, 1], isYesNo: true };
  if (full !== undefined && lowest >= 0 && highest <= full * 1.1) {
    return { low: 0, high: full, ticks: [0, full / 2, full] };
  }
  const low = Math.min(0, lowest);
  const top = highest > low ? highest : low + 1;
  const inTwos = unit === 'bytes' || unit === 'gibibytes';
  const rough = roundStep((top - low) / 2.2, inTwos ? 2 : 10);
  // Bytes are integers, so a smaller step would give two lines the same label.
  const step = unit === 'bytes' || unit === 'bytes_per_second' ? Math.max(1, rough) : rough;
  const bottom = Math.floor(low / step) * step;
  const ticks: number[] = [];
  for (let value = bottom; value < top + step * 0.999; value += step) ticks.push(value);
  return { low: bottom, high: ticks.at(-1) ?? 1, ticks };
}

/** The text of a tick. */
export function tickLabel(value: number, { isYesNo }: ValueAxis, unit: Unit, format: Format): string {
  if (isYesNo === true) return value === 1 ? m.axis_yes() : m.axis_no();
  return format.tick(value, unit);
}

/** Round steps: 1, 2, 2.5 and 5 times a power of ten, or powers of two for bytes. */
function roundStep(rough: number, base: 2 | 10): number {
  if (base === 2) return 2 ** Math.ceil(Math.log2(rough));
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
}
