import { limitOfUnit } from '../../src-main/contract/limit.ts';
import type { Unit } from '../../src-main/contract/metric.ts';

/** A value and its unit, separate for different font weights and never broken across lines. */
export interface Formatted {
  number: string;
  unit: string;
}

const space = '\u00a0';
/** Enough decimals to keep every digit that was written. */
const mostDigits = 20;
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Formats numbers, units, times and durations for one locale. */
export class Format {
  readonly locale: string;
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #times = new Map<string, Intl.DateTimeFormat>();

  readonly #hour: 'numeric' | '2-digit';

  constructor(locale: string) {
    this.locale = locale;
    // With a 12-hour clock 06:00 AM is unusual; with a 24-hour clock 6:00 is.
    const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
    this.#hour = hour12 === true ? 'numeric' : '2-digit';
  }

  /** A plain number with at most `digits` decimals; `always` keeps trailing zeros. */
  number(value: number, digits = 2, always = false): string {
    const key = `${digits}${always}`;
    let format = this.#numbers.get(key);
    if (format === undefined) {
      format = new Intl.NumberFormat(this.locale, {
        maximumFractionDigits: digits,
        minimumFractionDigits: always ? digits : 0,
      });
      this.#numbers.set(key, format);
    }
    return format.format(value);
  }

  /** A measured value: percentages with one decimal, bytes as GiB and the like, rates as MB/s. */
  parts(value: number, unit: Unit): Formatted {
    switch (unit) {
      case 'percent':
        return { number: this.number(value, 1, true), unit: '%' };
      case 'bytes':
        return this.#scaled(value, 1024, binary, '');
      case 'gibibytes':
        return this.#scaled(value * 1024 ** 3, 1024, binary, '');
      case 'bytes_per_second':
        return this.#scaled(value, 1000, decimal, '/s');
      case 'per_second':
        return { number: this.number(value, Math.abs(value) < 100 ? 2 : 0), unit: '/s' };
      case 'celsius':
        return { number: this.number(value, 1, true), unit: '°C' };
      case 'milliseconds':
        return Math.abs(value) < 1000
          ? { number: this.number(value, value < 10 ? 1 : 0), unit: 'ms' }
          : { number: this.number(value / 1000, 1), unit: 's' };
      case 'seconds':
        return { number: this.duration(value * 1000), unit: '' };
      case 'count':
      case 'none':
        return { number: this.number(value, Math.abs(value) < 100 ? 2 : 0), unit: '' };
    }
  }

  value(value: number, unit: Unit): string {
    return join(this.parts(value, unit));
  }

  /** A threshold exactly as its owner wrote it: `85 %`, `0.001 ms`, `1 GiB`. */
  limit(value: number, unit: Unit): string {
    const limit = limitOfUnit(value, unit);
    const { day } = durationUnits[this.locale.startsWith('de') ? 'de' : 'en'];
    return join({
      number: this.number(limit.number, mostDigits),
      unit: limit.unit === 'd' ? day : limit.unit,
    });
  }

  /** A number at an axis, without trailing zeros (`85 %`, not `85.0 %`). */
  tick(value: number, unit: Unit): string {
    if (unit === 'percent') return `${this.number(value, 6)}${space}%`;
    if (unit === 'celsius') return `${this.number(value, 6)}${space}°C`;
    return join(this.parts(value, unit));
  }

  /** Memory of a program, in the same units as all memory. */
  memory(bytes: number): string {
    return join(this.#scaled(bytes, 1024, binary, '', 10));
  }

  /** A duration in at most its two largest units: `40 s`, `4 min`, `2 h 5 min`, `3 d`. */
  duration(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const units = durationUnits[this.locale.startsWith('de') ? 'de' : 'en'];
    const say = (amount: number, unit: string): string => `${this.number(amount, 0)}${space}${unit}`;
    if (seconds < 60) return say(seconds, units.second);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return say(minutes, units.minute);
    const hours = Math.floor(minutes / 60);
    if (hours < 24) {
      return minutes % 60 === 0
        ? say(hours, units.hour)
        : `${say(hours, units.hour)} ${say(minutes % 60, units.minute)}`;
    }
    const days = Math.floor(hours / 24);
    return days > 9 || hours % 24 === 0
      ? say(days, units.day)
      : `${say(days, units.day)} ${say(hours % 24, units.hour)}`;
  }

  /** A sampling interval: a duration, or a fraction of a second. */
  interval(seconds: number): string {
    if (seconds >= 1) return this.duration(seconds * 1000);
    return `${this.number(seconds, 1)}${space}${durationUnits.en.second}`;
  }

  /** A duration to follow the words `the last`: `12 minutes`, `5 hours`. Always a plural. */
  stretch(ms: number): string {
    const minutes = Math.max(2, Math.round(ms / 60_000));
    const [amount, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  }

  /** A number of minutes in words: `15 minutes`, `1 hour`. */
  minutes(minutes: number): string {
    const [amount, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  }

  /** A number of hours in words: `6 hours`, `24 hours`, `7 days`. */
  hours(hours: number): string {
    const [amount, unit] = hours > 24 && hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  }

  /** How long ago, or how far ahead, in words: `3 minutes ago`, `yesterday`. */
  relative(at: number, now: number): string {
    const seconds = (at - now) / 1000;
    const format = new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' });
    for (const [unit, size] of relativeSteps) {
      if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
    }
    return format.format(Math.trunc(seconds), 'second');
  }

  /** Only the time of day if it is today, otherwise with the date. */
  moment(at: number, now: number): string {
    const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
    if (sameDay) return this.clock(at);
    return this.#dayAndClock(at);
  }

  /** A time range, with dates unless it is today: `25 Nov, 07:00 – 26 Nov, 07:00`. */
  stretchOf(from: number, to: number, now: number): string {
    const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
    const end = isOneDay ? this.clock(to) : this.#dayAndClock(to);
    return `${isOneDay ? this.moment(from, now) : this.#dayAndClock(from)} – ${end}`;
  }

  clock(at: number): string {
    return this.#time('clock', { hour: this.#hour, minute: '2-digit' }).format(at);
  }

  /** The shortest form: `6 AM` for a full hour with a 12-hour clock, otherwise `06:00` or `6:10 AM`. */
  shortClock(at: number): string {
    const whole = this.#hour === 'numeric' && new Date(at).getMinutes() === 0;
    return whole ? this.#time('hour', { hour: 'numeric' }).format(at) : this.clock(at);
  }

  clockSeconds(at: number): string {
    return this.#time('seconds', { hour: this.#hour, minute: '2-digit', second: '2-digit' }).format(at);
  }

  weekday(at: number): string {
    return this.#time('weekday', { weekday: 'short' }).format(at);
  }

  day(at: number): string {
    return this.#time('date', { day: 'numeric', month: 'short' }).format(at);
  }

  /** Full date and time, for tooltips. */
  absolute(at: number): string {
    return this.#time('absolute', { dateStyle: 'full', timeStyle: 'medium' }).format(at);
  }

  #dayAndClock(at: number): string {
    const options = { day: 'numeric', month: 'short', hour: this.#hour, minute: '2-digit' } as const;
    return this.#time('day', options).format(at);
  }

  /** `whole`: from this size on, decimals are left out. */
  #scaled(value: number, step: number, units: readonly string[], suffix: string, whole = 100): Formatted {
    let size = Math.abs(value);
    let power = 0;
    // Values from 999.5 on would round to 1000 of the smaller unit.
    while (size >= step - 0.5 && power < units.length - 1) {
      size /= step;
      power += 1;
    }
    const digits = power === 0 || size >= whole ? 0 : 1;
    return {
      number: this.number(Math.sign(value) * size, digits, digits > 0),
      unit: `${units[power] ?? ''}${suffix}`,
    };
  }

  #time(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let format = this.#times.get(key);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(this.locale, options);
      this.#times.set(key, format);
    }
    return format;
  }
}

export function join(formatted: Formatted): string {
  return formatted.unit === '' ? formatted.number : `${formatted.number}${space}${formatted.unit}`;
}

const durationUnits = {
  en: { second: 's', minute: 'min', hour: 'h', day: 'd' },
  de: { second: 's', minute: 'min', hour: 'h', day: 'T' },
};
const relativeSteps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
