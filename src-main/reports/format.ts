import { limitOfUnit } from '../contract/limit.ts';
import type { Unit } from '../contract/metric.ts';
import type { ReportChart, ReportLanguage } from '../contract/report.ts';
import type { Series } from '../contract/sample.ts';
import { Calendar } from './calendar.ts';
import { german } from './phrases-de.ts';
import { english } from './phrases-en.ts';
import type { Phrases } from './phrases.ts';
import { oneLine, seriesName } from './words.ts';

const languages: Readonly<Record<ReportLanguage, Phrases>> = { en: english, de: german };

/** Between a number and its unit, which no line parts. */
const space = '\u00a0';
const signs: Partial<Record<Unit, string>> = {
  percent: `${space}%`,
  gibibytes: `${space}GiB`,
  per_second: '/s',
  milliseconds: `${space}ms`,
  celsius: `${space}°C`,
};
const byteSigns = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** Rates are in thousands, as the window has them. */
const rateSigns = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'];

/** Metrics that are a moment, in seconds since 1970: nobody reads that as a number. */
const moments: ReadonlySet<string> = new Set(['boot_time', 'process_started_at', 'top_process_started_at']);

/** A Monday, for the names of the days of the week. */
const aMonday = Date.UTC(2026, 0, 5);
const dayMs = 24 * 3_600_000;

/** Writes numbers, units, times and spans in one language, by the clock of one zone, and has the sentences of that language. */
export class Format {
  readonly language: ReportLanguage;
  readonly phrases: Phrases;
  readonly calendar: Calendar;
  readonly #numbers: readonly Intl.NumberFormat[];
  readonly #scientific: Intl.NumberFormat;
  /** Leaves out no digit that was written. */
  readonly #exact: Intl.NumberFormat;
  readonly #minute: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;

  /** Throws a RangeError for a zone that does not exist. */
  constructor(language: ReportLanguage, zone: string) {
    this.language = language;
    this.phrases = languages[language];
    this.calendar = new Calendar(zone);
    const { locale } = this.phrases;
    this.#numbers = [0, 1, 2, 3].map(
      (digits) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }),
    );
    const twoDigits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    this.#scientific = new Intl.NumberFormat(locale, { notation: 'scientific', ...twoDigits });
    this.#exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
    const day = { day: 'numeric', month: 'short' } as const;
    const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    this.#minute = new Intl.DateTimeFormat(locale, { ...day, year: 'numeric', ...clock, timeZone: zone });
    this.#day = new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' });
    this.#weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
  }

  /** Three digits that count, all of a whole number below a million. */
  number(value: number): string {
    const size = Math.abs(value);
    if (size !== 0 && (size < 0.001 || size >= 1e9)) return this.#scientific.format(value);
    return this.#rounded(
      value,
      Number.isInteger(value) || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3,
    );
  }

  /** A value as a person would write it, with its unit: percentages with one digit at most, but small ones. */
  value(value: number, unit: Unit, sign?: string): string {
    switch (unit) {
      case 'percent':
        return (Math.abs(value) >= 1 ? this.#rounded(value, 1) : this.number(value)) + (signs.percent ?? '');
      case 'bytes':
        return this.#scaled(value, 1024, byteSigns);
      case 'bytes_per_second':
        return this.#scaled(value, 1000, rateSigns);
      case 'seconds':
        return Math.abs(value) < 60 ? `${this.number(value)}${space}s` : this.span(value * 1000);
      default:
        return (
          this.number(value) + (signs[unit] ?? (sign === undefined ? '' : `${space}${oneLine(sign, 12)}`))
        );
    }
  }

  /** A limit that somebody chose, as exactly as they wrote it. */
  limit(value: number, unit: Unit, sign?: string): string {
    const limit = limitOfUnit(value, unit);
    const { day } = this.phrases.units;
    const said =
      limit.unit === 'd' ? day : limit.unit === '' && sign !== undefined ? oneLine(sign, 12) : limit.unit;
    return `${this.#exact.format(limit.number)}${said === '' ? '' : space}${said}`;
  }

  /** The value of a metric: the moment itself where it is one. */
  ofMetric(metric: string, value: number, unit: Unit, sign?: string): string {
    return moments.has(metric) ? this.minute(value * 1000) : this.value(value, unit, sign);
  }

  /** A part of a whole, never rounded up to it. */
  share(part: number, whole: number): string {
    if (part >= whole) return `100${space}%`;
    return `${this.#numbers[1]?.format(Math.floor((part / whole) * 1000) / 10) ?? ''}${space}%`;
  }

  /** How long, in its two largest parts: `3 d 4 h`, `12 min`. */
  span(ms: number): string {
    const { day } = this.phrases.units;
    const say = (amount: number, unit: string) => `${this.#rounded(amount, 0)}${space}${unit}`;
    const seconds = Math.round(ms / 1000);
    if (seconds < 60) return say(seconds, 's');
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return say(minutes, 'min');
    const hours = Math.floor(minutes / 60);
    if (hours < 48)
      return minutes % 60 === 0 ? say(hours, 'h') : `${say(hours, 'h')} ${say(minutes % 60, 'min')}`;
    const [days, left] = [Math.floor(minutes / 1440), Math.round((minutes % 1440) / 60)];
    if (left === 0) return say(days, day);
    return left === 24 ? say(days + 1, day) : `${say(days, day)} ${say(left, 'h')}`;
  }

  /** `25 Nov 2026, 14:02` */
  minute(at: number): string {
    return this.#minute.format(at);
  }

  /** `2026-11-25` → `25 Nov` */
  day(day: string): string {
    return this.#day.format(new Date(`${day}T00:00Z`));
  }

  /** The day of the week, Monday as 0, in short. */
  weekday(index: number): string {
    return this.#weekday.format(aMonday + index * dayMs);
  }

  /** What a metric is called. `title` is that of its kind, in English. */
  title(metric: string, title: string): string {
    return this.phrases.metrics[metric] ?? title;
  }

  /** A source as people know it: by its name, or by its kind where it bears only that as a name. */
  source(name: string, kind: string | null): string {
    return (name === kind ? this.phrases.kinds[name] : undefined) ?? name;
  }

  /** What stands above a chart. */
  heading({ subject, title }: ReportChart): string {
    return subject === undefined ? title : this.phrases.charts[subject];
  }

  /** What tells the series of a chart apart. */
  names({ series }: ReportChart): string[] {
    return series.map(({ name, range }) =>
      isNamedByMetric(range.series, series) ? this.title(range.series.metric, name) : name,
    );
  }

  #rounded(value: number, digits: number): string {
    const shown = this.#numbers[digits]?.format(value) ?? '';
    return shown === '-0' ? '0' : shown;
  }

  #scaled(value: number, base: number, names: readonly string[]): string {
    let [size, step] = [value, 0];
    while (Math.abs(size) >= base && step < names.length - 1) [size, step] = [size / base, step + 1];
    return `${this.number(step === 0 ? Math.round(size) : Number(size.toPrecision(3)))}${space}${names[step] ?? ''}`;
  }
}

/** Whether the metric is what tells a series from the others of its chart. */
function isNamedByMetric(one: Series, all: ReportChart['series']): boolean {
  return seriesName(one) === one.metric && all.some(({ range: { series } }) => series.metric !== one.metric);
}
