import type { Alert } from '../contract/alert.ts';
import type { Kinds } from '../contract/kind.ts';
import type { Unit } from '../contract/metric.ts';
import type { Settings } from '../contract/settings.ts';
import type { Words } from './words.ts';

/** What decides how a series is called and in what its numbers are counted. */
export interface Vocabulary {
  kinds: Kinds;
  settings: Settings;
}

/** An alert in words. */
export interface AlertText {
  /** The rule's name; says so when it is over. */
  title: string;
  /** The value, the limit, since when. */
  sentence: string;
  /** The same without the value, which moves with every sample. */
  brief: string;
}

export function alertText(alert: Alert, { kinds, settings }: Vocabulary, words: Words): AlertText {
  const { source, metric } = alert.series;
  const kind = settings.sources.find(({ name }) => name === source)?.kind;
  const definition =
    kinds.sources.find((each) => each.kind === kind)?.metrics[metric] ??
    (source === 'plimsoll' ? kinds.own[metric] : undefined);
  const unit = definition?.unit ?? 'none';
  const value = (number: number) => valueText(number, unit, words.locale);
  const title = definition?.title ?? metric;
  const parts = {
    // A source that is called like its kind adds nothing to what the metric is called.
    subject: source === kind ? title : `${title} (${source})`,
    limit: words.limits[alert.comparison],
    threshold: value(alert.threshold),
    since: timeText(alert.since, words.locale),
  };
  const brief = words.alertBrief(parts);
  return alert.state === 'resolved'
    ? {
        title: words.over(alert.ruleName),
        sentence: words.alertOver({ ...parts, worst: value(alert.worstValue) }),
        brief,
      }
    : { title: alert.ruleName, sentence: words.alert({ ...parts, value: value(alert.lastValue) }), brief };
}

/** The time of day, as the reader's region writes it. */
export function timeText(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
}

const symbols: Record<Unit, string> = {
  percent: '%',
  bytes: 'B',
  gibibytes: 'GiB',
  bytes_per_second: 'B/s',
  per_second: '/s',
  milliseconds: 'ms',
  seconds: 's',
  celsius: '°C',
  count: '',
  none: '',
};
const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];

function valueText(value: number, unit: Unit, locale: string): string {
  let [scaled, prefix] = [value, ''];
  if (unit === 'bytes' || unit === 'bytes_per_second') {
    const power = Math.min(
      prefixes.length - 1,
      Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)),
    );
    [scaled, prefix] = [value / 1000 ** power, prefixes[power] ?? ''];
  }
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(scaled);
  const symbol = prefix + symbols[unit];
  return symbol === '' ? number : `${number} ${symbol}`;
}
