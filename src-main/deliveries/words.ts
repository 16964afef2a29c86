import type { Alert, AlertCause, Announcement } from '../contract/alert.ts';
import type { Message } from '../contract/delivery.ts';
import { alertHostName } from '../contract/host-name.ts';
import { limitOfUnit, limitsOf, roundedApart } from '../contract/limit.ts';
import type { Unit } from '../contract/metric.ts';
import type { Rule, WindowFunction } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';

/** The alert as one line, a subject or a title: `Over: CPU above 80 %`. */
export function headlineOf({ alert, transition, test, late, wording }: Message): string {
  const { decision, reason } = transition.announcement;
  const told = decision === 'announce' ? announcedAs[reason] : undefined;
  const before = transition.to === 'resolved' ? 'Over' : told;
  const name = nameOf(alert);
  const what = wording?.title ?? (before === undefined ? name : `${before}: ${name}`);
  const when = late === true ? `${what} (late)` : what;
  if (test) return `Test: ${when}`;
  return alert.drill === true ? `DRILL: ${when}` : when;
}

/** The name of an alert: its rule's name, with the cause if that is not a violation. */
export function nameOf(alert: Alert): string {
  const { cause, ruleName } = alert;
  const lost = lostDestination(alert);
  if (lost !== null) return `${ruleName}: ${lost}`;
  return cause === undefined ? ruleName : `${troubles[cause]}: ${ruleName}`;
}

/** Prefixes that show at once that this is not the first announcement. */
const announcedAs: Partial<Record<Announcement['reason'], string>> = {
  reminder: 'Still firing',
  flapping: 'Flapping',
  flapping_over: 'Still firing, no longer flapping',
};

/** The destination that an alert reports as not reached; null for other alerts. */
function lostDestination({ cause, series: { source, metric, labels } }: Alert): string | null {
  const isLost = cause === undefined && source === 'plimsoll' && metric === 'destination_down';
  return isLost ? (labels['destination'] ?? null) : null;
}

const troubles: Record<AlertCause, string> = {
  violation: 'Violated',
  no_data: 'No data',
  source_error: 'Source fails',
};

/** The value, the limit, where, since when: `CPU on laptop is at 91.2 %, above 80 % since 5 Jan 2026, 12:59:55 CET.`; and that it comes late. Words of one's own may be several lines. */
export function sentenceOf(message: Message): string {
  const { affected } = message.alert;
  const { announcement, to, at } = message.transition;
  const late = message.late === true ? [`Sent late: it happened at ${timeText(at)}.`] : [];
  if (message.wording?.text !== undefined) return [message.wording.text, ...late].join('\n');
  return [
    conditionOf(message),
    ...(affected === undefined ? [] : [`${affected} affected.`]),
    ...(to === 'firing' && announcement.reason === 'flapping'
      ? ['It fired four times within an hour; nothing more is said of it until it is stable.']
      : []),
    ...circumstancesOf(message),
    ...late,
  ].join(' ');
}

/** What readers already know of it, and why they were not told until now. */
function circumstancesOf({ alert, transition: { to, announcement } }: Message): string[] {
  const { inDowntime, acknowledgedAt, acknowledgedBy, note, drill } = alert;
  if (drill === true) return [];
  const held = to === 'firing' && announcement.decision === 'announce' && heldBy[announcement.reason];
  const who = acknowledgedBy === undefined ? '' : ` by ${acknowledgedBy}`;
  return [
    ...(typeof held === 'string' ? [`Told now because ${held}.`] : []),
    ...(to === 'resolved' && inDowntime !== undefined
      ? [`It ended in the downtime ${inDowntime.name}.`]
      : []),
    ...(acknowledgedAt === null
      ? []
      : [`Acknowledged${who} at ${timeText(acknowledgedAt)}${note === null ? '' : `: ${note}`}.`]),
  ];
}

/** What held an announcement back until now, by the reason of the announcement. */
const heldBy: Partial<Record<Announcement['reason'], string>> = {
  pause_over: 'the pause is over',
  downtime_over: 'the downtime is over',
  quiet_hours_over: 'the quiet hours are over',
  parent_over: 'the alert of its parent is over',
  snooze_over: 'its snooze is over',
};

/** The sentence as lines. Only a user's own words have several: a line end in a name starts no line. */
export function sentenceLines(message: Message): string[] {
  const sentence = sentenceOf(message);
  return message.wording?.text === undefined ? [sentence] : sentence.split('\n');
}

function conditionOf(message: Message): string {
  const { alert, transition, unit, metricTitle } = message;
  const { source, metric } = alert.series;
  const host = alertHostName(alert);
  const since = timeText(alert.since);
  if (alert.drill === true)
    return transition.to === 'resolved'
      ? `The fire drill on ${host} is over. Nothing was wrong.`
      : `This is a fire drill on ${host}. Nothing is wrong, and it is over by itself.`;
  const isOver = transition.to === 'resolved';
  const lost = lostDestination(alert);
  if (lost !== null)
    return isOver
      ? `The destination ${lost} of ${host} is reached again; it was not since ${since}.`
      : `The destination ${lost} of ${host} is not reached since ${since}: what it should tell waits, or was given up.`;
  if (alert.cause === 'source_error')
    return isOver
      ? `${source} on ${host} works again; it had failed since ${since}.`
      : `${source} on ${host} fails; nothing is known of ${metricTitle ?? metric} since ${since}.`;
  const what = seriesText(message);
  if (alert.cause === 'no_data')
    return isOver
      ? `${what} had sent nothing since ${since}. ${transition.reason === 'data_back' ? 'It sends again.' : 'Nobody waits for it any more.'}`
      : `${what} has sent nothing since ${since}.`;
  const judged = `${what}${makingOf(alert)}`;
  const limit = limitOf(alert, unit);
  const value = judgedValueText(message, transition.value ?? alert.lastValue);
  if (isOver)
    return `${judged} was ${limit} since ${since}, worst ${judgedValueText(message, alert.worstValue)}.`;
  const { forecast } = alert;
  return forecast === undefined
    ? `${judged} is at ${value}, ${limit} since ${since}.`
    : `${judged} will be at ${value} within ${forecast.withinDays} days if its trend goes on, ${limit}; so since ${since}.`;
}

/** An alert that is over, looked back upon: `CPU on laptop was above 80 % for 4 min, over since 5 Jan 2026, 13:03:55 CET, worst 91.2 %.` */
export function pastSentenceOf(message: Message): string {
  const { alert, transition, unit } = message;
  const overSince = alert.resolvedAt ?? transition.at;
  const duration = durationText(overSince - alert.since);
  const lost = lostDestination(alert);
  const when = `${duration === null ? '' : ` for ${duration}`}, over since ${timeText(overSince)}`;
  if (lost !== null) return `The destination ${lost} of ${alertHostName(alert)} was not reached${when}.`;
  if (alert.cause === 'source_error')
    return `${alert.series.source} on ${alertHostName(alert)} failed${when}.`;
  const what = seriesText(message);
  if (alert.cause === 'no_data') return `${what} sent nothing${when}.`;
  return `${what}${makingOf(alert)} was ${limitOf(alert, unit)}${when}, worst ${judgedValueText(message, alert.worstValue)}.`;
}

/** What is sampled, and where: `CPU on laptop`. */
export function seriesText({ alert, metricTitle, source }: Message): string {
  return `${subjectOf(alert.series, metricTitle, source['kind'])} on ${alertHostName(alert)}`;
}

/**
 * What is sampled, in words: `CPU`, `Memory (of_nas)`, `Disk /home`. Without a title of the metric by names:
 * `greenhouse pressure room=2`.
 */
export function subjectOf(
  { source, metric, labels }: Pick<Series, 'source' | 'metric' | 'labels'>,
  title: string | undefined,
  kind?: unknown,
): string {
  const pairs = Object.entries(labels);
  if (title === undefined)
    return [source, metric, ...pairs.map(([name, value]) => `${name}=${value}`)].join(' ');
  const named = [title, pairs.map(([, value]) => value).join(', ')].filter((text) => text !== '').join(' ');
  // A source named like its kind, or like its metric, adds nothing.
  const saysSource = [kind, title, title.split(/[, ]/, 1)[0]].some(
    (name) => typeof name === 'string' && name.toLowerCase() === source.toLowerCase(),
  );
  return saysSource ? named : `${named} (${source})`;
}

/** A time as messages tell it: `5 Jan 2026, 12:59:55 CET`, by the clock of this machine unless a zone is named. */
export function timeText(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
    ...(timeZone !== undefined && { timeZone }),
  }).format(at);
}

/** `45 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`; null where a clock that was set back in between leaves it unknown. */
function durationText(ms: number): string | null {
  if (ms < 0) return null;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const [large, largeSign, small, smallSign] =
    seconds < 3600
      ? [Math.floor(seconds / 60), 'min', seconds % 60, 's']
      : minutes < 24 * 60
        ? [Math.floor(minutes / 60), 'h', minutes % 60, 'min']
        : [Math.floor(minutes / 1440), 'd', Math.floor((minutes % 1440) / 60), 'h'];
  return small === 0 ? `${large} ${largeSign}` : `${large} ${largeSign} ${small} ${smallSign}`;
}

/** How the samples were processed before evaluation; empty if they were evaluated directly. */
function makingOf({ window, expression }: Alert): string {
  const calculated = expression === undefined ? '' : `, as ${expression},`;
  return window === undefined
    ? calculated
    : `${calculated.replace(/,$/, '')}, ${windowWords[window.function]} ${spanText(window.seconds)},`;
}

const windowWords: Record<WindowFunction, string> = {
  avg: 'the average over',
  min: 'the least over',
  max: 'the most over',
  sum: 'the sum over',
  p95: 'the 95th percentile over',
  rate: 'the change a second over',
  delta: 'the change over',
};

/** The limit in words: `above 80 %`, `between 10 and 20`. */
export function limitOf(alert: Alert, unit: Unit): string {
  const low = limitText(alert, alert.threshold, unit);
  const high = limitText(alert, alert.upperThreshold ?? null, unit);
  if (alert.baseline !== undefined)
    return `${alert.comparison === 'outside' ? 'beyond' : alert.comparison === 'less_than' ? 'below' : 'above'} ${low}, which is usual for this hour of the week,`;
  switch (alert.comparison) {
    case 'greater_than':
      return `above ${low}`;
    case 'less_than':
      return `below ${low}`;
    case 'equals':
      return `exactly at ${low}`;
    case 'greater_or_equal':
      return `at or above ${low}`;
    case 'less_or_equal':
      return `at or below ${low}`;
    case 'not_equals':
      return `other than ${low}`;
    case 'between':
      return `between ${low} and ${high}`;
    case 'outside':
      return `outside ${low} to ${high}`;
    case 'changed':
      return 'changed';
    case 'unchanged':
      return 'unchanged';
  }
}

/** The rule behind an alert as it judged: `Memory above 85 % for 3 samples in a row → warning`. `title` is that of its metric. */
export function ruleWordsOf(alert: Alert, rule: Rule, unit: Unit, title: string | undefined): string {
  const judged = `${subjectOf(alert.series, title)}${makingOf(alert)}`;
  if (alert.cause !== undefined) return `${judged}: ${troubleOf(alert.cause, rule)} → ${alert.severity}`;
  const { forecast, forSeconds, violationsOf, consecutiveViolations: count } = alert;
  const limit = limitOf(alert, unit).replace(/,$/, '');
  const clauses = [
    forecast !== undefined && `within ${forecast.withinDays} days`,
    violationsOf !== undefined
      ? `in ${count} of the last ${violationsOf} samples`
      : count > 1 && `for ${count} samples in a row`,
    forSeconds !== undefined && forSeconds > 0 && `for ${spanText(forSeconds)}`,
    rule.all !== undefined && 'and all of its conditions',
    rule.any !== undefined && 'and one of its conditions',
    rule.not !== undefined && 'and not its condition',
  ].filter((clause) => typeof clause === 'string');
  return `${[judged, limit, ...clauses].join(' ')} → ${alert.severity}`;
}

function troubleOf(cause: AlertCause, { noData, onSourceError }: Rule): string {
  const after = cause === 'no_data' ? noData?.afterSeconds : onSourceError?.afterSeconds;
  const what = cause === 'no_data' ? 'no sample' : 'the source fails';
  return after === undefined || after === 0 ? what : `${what} for ${spanText(after)}`;
}

/** A span as its owner wrote it: `90 s`, `5 min`. */
function spanText(seconds: number): string {
  const { number, unit } = limitOfUnit(seconds, 'seconds');
  return `${number} ${unit}`;
}

const signs: Record<Unit, string> = {
  percent: ' %',
  bytes: '',
  gibibytes: '',
  bytes_per_second: '',
  per_second: '/s',
  milliseconds: ' ms',
  seconds: ' s',
  celsius: ' °C',
  count: '',
  none: '',
};

/** A threshold as its user wrote it; a learned one as a value. If unknown, `unknown`. */
export function limitText({ baseline }: Alert, line: number | null, unit: Unit): string {
  if (line === null || baseline !== undefined) return valueText(line, unit);
  const limit = limitOfUnit(line, unit);
  const space = limit.unit === '' || limit.unit.startsWith('/') ? '' : ' ';
  return `${digitsOf(limit.number)}${space}${limit.unit}`;
}

/** Without an exponent, which nobody uses for a value or a threshold. */
function digitsOf(number: number): string {
  const text = String(number);
  return text.includes('e')
    ? number.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 })
    : text;
}

/** A value that the alert judged, with enough digits to stand on its own side of each threshold. */
export function judgedValueText(
  { alert, unit }: Pick<Message, 'alert' | 'unit'>,
  value: number | null,
): string {
  return valueText(value, unit, limitsOf(alert));
}

/**
 * A value as it is told in a message: at most two decimals, in the unit in which the window shows it. It has more
 * where it would otherwise seem to be on another side of one of the `limits`. One that is not known is `unknown`.
 */
export function valueText(value: number | null, unit: Unit, limits: readonly number[] = []): string {
  if (value === null) return 'unknown';
  switch (unit) {
    case 'bytes':
      return scaledText(value, 1024, sizes, limits);
    case 'gibibytes':
      return scaledText(
        value * 1024 ** 3,
        1024,
        sizes,
        limits.map((limit) => limit * 1024 ** 3),
      );
    case 'bytes_per_second':
      return scaledText(value, 1000, rates, limits);
    case 'milliseconds':
      if (Math.abs(value) >= 1000)
        return valueText(
          value / 1000,
          'seconds',
          limits.map((limit) => limit / 1000),
        );
      break;
    case 'seconds': {
      if (value < 60) break;
      const text = durationText(value * 1000) ?? 'unknown';
      const isTooCoarse = limits.some((limit) => durationText(limit * 1000) === text);
      return isTooCoarse ? spanText(roundedApart(value, 2, limits)) : text;
    }
    default:
  }
  return `${digitsOf(roundedApart(value, 2, limits))}${signs[unit]}`;
}

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
/** Rates use decimal units, as in the window. */
const rates = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'PB/s', 'EB/s'];

function scaledText(
  value: number,
  step: number,
  units: readonly string[],
  limits: readonly number[],
): string {
  let size = Math.abs(value);
  let power = 0;
  while (size >= step - 0.5 && power < units.length - 1) {
    size /= step;
    power++;
  }
  const scaled = limits.map((limit) => limit / step ** power);
  const number = roundedApart(value / step ** power, power === 0 || size >= 100 ? 0 : 1, scaled);
  return `${digitsOf(number)} ${units[power] ?? ''}`;
}

/**
 * Text from elsewhere as one line: names come from people and from other machines, and must not start a line, colour a
 * terminal, hide text or reverse it. Half a character becomes the replacement character.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();
}
