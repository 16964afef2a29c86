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

/** A no-break space between a number and its unit. */
const space = '\u00a0';
const signs: Partial<Record<Unit, string>> = {
  percent: `${space}%`,
  gibibytes: `${space}GiB`,
  per_second: '/s',
  milliseconds: `${space}ms`,
  celsius: `${space}°C`,
};
const byteSigns = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** Rates use decimal units, as in the window. */
const rateSigns = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'];

/** Metrics whose value is a time in seconds since 1970, shown as a date. */
const moments: ReadonlySet<string> = new Set(['boot_time', 'process_started_at', 'top_process_started_at']);

/** A Monday, used to format the names of weekdays. */
const aMonday = Date.UTC(2026, 0, 5);
const dayMs = 24 * 3_600_000;

/** Formats numbers, units, times and spans in one language and time zone, and provides the sentences of that language. */
export class Format {
  readonly language: ReportLanguage;
  readonly phrases: Phrases;
  readonly calendar: Calendar;
  readonly #numbers: readonly Intl.NumberFormat[];
  readonly #scientific: Intl.NumberFormat;
  /** Keeps all digits. */
  readonly #exact: Intl.NumberFormat;
  readonly #minute: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;

  /** Throws a RangeError for an unknown time zone. */
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

  /** A number with about three significant digits; integers keep all digits. */
  number(value: number): string {
    const size = Math.abs(value);
    if (size !== 0 && (size < 0.001 || size >= 1e9)) return this.#scientific.format(value);
    return this.#rounded(
      value,
      Number.isInteger(value) || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3,
    );
  }

  /** A value with its unit, rounded for reading: percentages from 1 on with at most one decimal. */
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

  /** A threshold exactly as its owner wrote it. */
  limit(value: number, unit: Unit, sign?: string): string {
    const limit = limitOfUnit(value, unit);
    const { day } = this.phrases.units;
    const said =
      limit.unit === 'd' ? day : limit.unit === '' && sign !== undefined ? oneLine(sign, 12) : limit.unit;
    return `${this.#exact.format(limit.number)}${said === '' ? '' : space}${said}`;
  }

  /** The value of a metric; as a date if the metric is a time. */
  ofMetric(metric: string, value: number, unit: Unit, sign?: string): string {
    return moments.has(metric) ? this.minute(value * 1000) : this.value(value, unit, sign);
  }

  /** A proportion in percent; never rounded up to 100 %. */
  share(part: number, whole: number): string {
    if (part >= whole) return `100${space}%`;
    return `${this.#numbers[1]?.format(Math.floor((part / whole) * 1000) / 10) ?? ''}${space}%`;
  }

  /** A duration in its two largest units: `3 d 4 h`, `12 min`. */
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

  /** Short name of a weekday, Monday as 0. */
  weekday(index: number): string {
    return this.#weekday.format(aMonday + index * dayMs);
  }

  /** Name of a metric. `title` is the English one of its kind. */
  title(metric: string, title: string): string {
    return this.phrases.metrics[metric] ?? title;
  }

  /** Display name of a source: its name, or the translated kind if it is named like its kind. */
  source(name: string, kind: string | null): string {
    return (name === kind ? this.phrases.kinds[name] : undefined) ?? name;
  }

  /** Heading of a chart. */
  heading({ subject, title }: ReportChart): string {
    return subject === undefined ? title : this.phrases.charts[subject];
  }

  /** Names that distinguish the series of a chart. */
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

/** Whether its metric distinguishes a series from the others of its chart. */
function isNamedByMetric(one: Series, all: ReportChart['series']): boolean {
  return seriesName(one) === one.metric && all.some(({ range: { series } }) => series.metric !== one.metric);
}
