import type { Alert } from '../contract/alert.ts';
import { alertHostName } from '../contract/host-name.ts';
import type { Kinds } from '../contract/kind.ts';
import { limitOfUnit, limitsOf, roundedApart } from '../contract/limit.ts';
import type { Unit } from '../contract/metric.ts';
import type { Settings } from '../contract/settings.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import type { Words } from './words.ts';

/** Provides names and units of series. */
export interface Vocabulary {
  /** The machine that this runs on: an alert of another one names its host. */
  host: string;
  kinds: Kinds;
  settings: Settings;
}

/** The vocabulary of an engine on this host. */
export function vocabularyOf(engine: Pick<MonitorApi, 'kinds' | 'settings'>, host: string): Vocabulary {
  return { host, kinds: engine.kinds(), settings: engine.settings.view().settings };
}

/** Texts that describe an alert. */
export interface AlertText {
  /** The rule's name; for a resolved alert it says so. */
  title: string;
  /** The value, the limit and the time since. */
  sentence: string;
  /** The same without the value, which changes with every sample. */
  brief: string;
}

/** The text of a notification about an alert; undefined if the alert is no longer known. */
export function describeAlert(
  { engine, host }: { engine: Pick<MonitorApi, 'alerts' | 'kinds' | 'settings'>; host: string },
  alertId: string,
  words: Words,
) {
  try {
    const { alert } = engine.alerts.one(alertId);
    const { title, sentence } = alertText(alert, vocabularyOf(engine, host), words);
    return { title, body: sentence };
  } catch {
    return undefined;
  }
}

export function alertText(alert: Alert, vocabulary: Vocabulary, words: Words): AlertText {
  const text = ownText(alert, vocabulary, words);
  if (alert.series.host === vocabulary.host) return text;
  const host = alertHostName(alert);
  return { ...text, sentence: `${host}: ${text.sentence}`, brief: `${host}: ${text.brief}` };
}

/** The same without the host. */
function ownText(alert: Alert, { kinds, settings }: Vocabulary, words: Words): AlertText {
  const { source, metric } = alert.series;
  const kind = settings.sources.find(({ name }) => name === source)?.kind;
  const definition =
    kinds.sources.find((each) => each.kind === kind)?.metrics[metric] ??
    (source === 'plimsoll' ? kinds.own[metric] : undefined);
  const unit = definition?.unit ?? 'none';
  const value = (number: number | null, limits: readonly number[] = []) =>
    number === null ? '–' : valueText(number, unit, words.locale, limits);
  const judgedValue = (number: number | null) => value(number, limitsOf(alert));
  const title = definition?.title ?? metric;
  const labels = Object.values(alert.series.labels).join(', ');
  const named = labels === '' ? title : `${title} ${labels}`;
  // A source named like its kind adds nothing to the metric's name.
  const subject = source === kind ? named : `${named} (${source})`;
  const since = timeText(alert.since, words.locale);
  const isOver = alert.state === 'resolved';
  const titled = isOver ? words.over(alert.ruleName) : alert.ruleName;
  if (alert.drill === true) {
    const sentence = isOver ? words.drillOver : words.drill;
    return { title: `DRILL: ${titled}`, sentence, brief: sentence };
  }
  if (alert.cause === 'no_data' || alert.cause === 'source_error') {
    const isSilent = alert.cause === 'no_data';
    const now = isSilent ? words.noData({ subject, since }) : words.sourceError({ source, since });
    const over = isSilent ? words.noDataOver({ subject }) : words.sourceErrorOver({ source });
    return { title: titled, sentence: isOver ? over : now, brief: now };
  }
  const judged = judgedText(alert, subject, words);
  // A baseline's limit is rounded like a value; an owner's threshold is shown as exactly as it was written.
  const line = (number: number | null) =>
    number === null || alert.baseline !== undefined ? value(number) : lineText(number, unit, words.locale);
  const limitText = words.limits[alert.comparison](line(alert.threshold), line(alert.upperThreshold ?? null));
  const limit = alert.baseline === undefined ? limitText : words.usual(limitText);
  const brief = words.alertBrief({ subject: judged, limit, since });
  if (isOver)
    return {
      title: titled,
      sentence: words.alertOver({ subject: judged, limit, worst: judgedValue(alert.worstValue) }),
      brief,
    };
  const parts = { subject: judged, value: judgedValue(alert.lastValue), limit };
  const sentence =
    alert.forecast === undefined
      ? words.alert({ ...parts, since })
      : words.alertForecast({ ...parts, days: alert.forecast.withinDays });
  return { title: titled, sentence, brief };
}

/** Name of the evaluated value, if it is not the sample itself. */
function judgedText({ window, expression }: Alert, subject: string, words: Words): string {
  const calculated = expression === undefined ? subject : words.calculated({ subject, expression });
  return window === undefined
    ? calculated
    : words.windowed({
        subject: calculated,
        window: words.windows[window.function],
        seconds: window.seconds,
      });
}

/** The time of day in the reader's locale. */
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
function lineText(value: number, unit: Unit, locale: string): string {
  const limit = limitOfUnit(value, unit);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }).format(limit.number);
  return limit.unit === '' ? number : `${number} ${limit.unit}`;
}

const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];

/** With more than one decimal only where it would otherwise seem to be on another side of one of the `limits`. */
function valueText(value: number, unit: Unit, locale: string, limits: readonly number[]): string {
  let [step, prefix] = [1, ''];
  if (unit === 'bytes' || unit === 'bytes_per_second') {
    const power = Math.min(
      prefixes.length - 1,
      Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)),
    );
    [step, prefix] = [1000 ** power, prefixes[power] ?? ''];
  }
  const rounded = roundedApart(
    value / step,
    1,
    limits.map((limit) => limit / step),
  );
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }).format(rounded);
  const symbol = prefix + symbols[unit];
  return symbol === '' ? number : `${number} ${symbol}`;
}
