import type { Unit } from '../contract/metric.ts';
import type { Format } from './format.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The ends of an axis and its marks in ascending order. */
export interface Scale {
  low: number;
  high: number;
  marks: number[];
}

/**
 * An axis for values from `least` to `most` with round steps. It begins at 0 unless all values are far above, and ends
 * at `full` if the metric has a largest value.
 */
export function scaleOf(least: number, most: number, unit: Unit, full: number | undefined): Scale {
  if (full !== undefined && least >= 0 && most <= full) {
    return { low: 0, high: full, marks: [0, full / 4, full / 2, (full * 3) / 4, full] };
  }
  const fromZero = least >= 0 && least <= most * 0.6;
  const bottom = fromZero ? 0 : least;
  const span = most - bottom || Math.abs(most) * 0.2 || 1;
  const step = stepFor(span / 4, unit === 'bytes', unit === 'count');
  const low = Math.floor(bottom / step) * step;
  const count = Math.max(1, Math.ceil((bottom + span - low) / step - 1e-9));
  const marks = Array.from({ length: count + 1 }, (_, index) => low + index * step);
  return { low, high: low + count * step, marks };
}

/** The next of 1, 2, 2.5 and 5 times a power of ten; for bytes the next power of two. */
function stepFor(rough: number, isBytes: boolean, isWhole: boolean): number {
  if (isBytes) return 2 ** Math.max(0, Math.ceil(Math.log2(rough)));
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 2.5, 5, 10].find((one) => one * size >= rough * (1 - 1e-9)) ?? 10);
  return isWhole ? Math.max(1, Math.ceil(step)) : step;
}

export interface TimeMark {
  at: number;
  label: string;
}

/** In hours. */
const steps = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24];

/** Marks of a time axis, at most `most`: full hours and calendar days; a new day is labelled with its date. */
export function timeMarks(from: number, to: number, format: Format, most: number): TimeMark[] {
  const step = steps.find((hours) => (to - from) / (hours * hourMs) <= most) ?? 28 * 24;
  const grain = step < 1 ? 15 * minuteMs : (to - from) / hourMs > 48 ? hourMs : 15 * minuteMs;
  const marks: TimeMark[] = [];
  let days = 0;
  for (let at = Math.ceil(from / grain) * grain; at < to; at += grain) {
    const { day, hour, minute } = format.calendar.place(at);
    // Steps follow the local wall clock, so that a mark stays at noon when daylight saving time changes.
    const isMark = step < 24 ? (hour * 60 + minute) % (step * 60) === 0 : hour === 0 && minute === 0;
    if (!isMark) continue;
    if (step > 24 && days++ % (step / 24) !== 0) continue;
    marks.push({ at, label: hour === 0 && minute === 0 ? format.day(day) : clockText(hour, minute) });
  }
  return marks;
}

function clockText(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
