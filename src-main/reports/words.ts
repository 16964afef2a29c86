import type { Unit } from '../contract/metric.ts';
import type { Series } from '../contract/sample.ts';

/** What could change how the text around it reads, or can not be shown: controls and marks of writing direction. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/** Text of others as one harmless line, at most `most` characters of it. */
export function oneLine(text: string, most = 120): string {
  const line = text.toWellFormed().replace(unseen, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`;
}

/** The same inside of markup, as text or as a quoted attribute. */
export function escaped(text: string, most?: number): string {
  const marks: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return oneLine(text, most).replace(/[&<>"']/g, (mark) => marks[mark] ?? '');
}

const signs: Partial<Record<Unit, string>> = {
  percent: ' %',
  gibibytes: ' GiB',
  per_second: '/s',
  milliseconds: ' ms',
  celsius: ' °C',
};
const byteSigns = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A value as a person would write it, with its unit. */
export function valueText(value: number, unit: Unit, sign?: string): string {
  switch (unit) {
    case 'bytes':
      return bytesText(value);
    case 'bytes_per_second':
      return `${bytesText(value)}/s`;
    case 'seconds':
      return Math.abs(value) < 60 ? `${numberText(value)} s` : spanText(value * 1000);
    default:
      return numberText(value) + (signs[unit] ?? (sign === undefined ? '' : ` ${oneLine(sign, 12)}`));
  }
}

/** Three digits that count, all of a whole number below a million. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e9)) return value.toExponential(2);
  const digits = Number.isInteger(value) || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  const shown = new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(value);
  return shown === '-0' ? '0' : shown;
}

function bytesText(value: number): string {
  let [size, step] = [value, 0];
  while (Math.abs(size) >= 1024 && step < byteSigns.length - 1) [size, step] = [size / 1024, step + 1];
  return `${numberText(step === 0 ? Math.round(size) : Number(size.toPrecision(3)))} ${byteSigns[step] ?? ''}`;
}

/** How long, in its two largest parts: `3 d 4 h`, `12 min`. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const [days, left] = [Math.floor(minutes / 1440), Math.round((minutes % 1440) / 60)];
  return left === 0 ? `${days} d` : left === 24 ? `${days + 1} d` : `${days} d ${left} h`;
}

/** What tells a series from its sisters: its labels, or its metric where it has none. */
export function seriesName({ metric, labels }: Pick<Series, 'metric' | 'labels'>): string {
  const values = Object.values(labels);
  return values.length === 0 ? metric : values.join(', ');
}

/** Times as the clock of one zone shows them. */
export class Calendar {
  readonly zone: string;
  readonly #minute: Intl.DateTimeFormat;
  readonly #parts: Intl.DateTimeFormat;

  /** Throws a RangeError for a zone that does not exist. */
  constructor(zone: string) {
    this.zone = zone;
    const whole = {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
    } as const;
    this.#minute = new Intl.DateTimeFormat('en-GB', { ...whole, hourCycle: 'h23', timeZone: zone });
    const parts = {
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    } as const;
    this.#parts = new Intl.DateTimeFormat('en-GB', { ...parts, hourCycle: 'h23', timeZone: zone });
  }

  /** `25 Nov 2026, 14:02` */
  minute(at: number): string {
    return this.#minute.format(at);
  }

  /** `2026-11-25`, hour and minute, and the day of the week with Monday as 0. */
  place(at: number): { day: string; weekday: number; hour: number; minute: number } {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of this.#parts.formatToParts(at)) part[type] = value;
    const { year = '', month = '', day = '', hour = '', minute = '', weekday = '' } = part;
    return {
      day: `${year}-${month}-${day}`,
      weekday: weekdayNames.indexOf(weekday),
      hour: Number(hour),
      minute: Number(minute),
    };
  }
}

export const weekdayNames: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
