import type { Message } from '../contract/delivery.ts';
import type { Unit } from '../contract/metric.ts';
import type { Comparison } from '../contract/rule.ts';

const limits: Record<Comparison, string> = {
  greater_than: 'above',
  less_than: 'below',
  equals: 'exactly at',
};

/** The alert in a line, as a subject or a title: `Over: CPU above 80 %`. */
export function headlineOf({ alert, transition, test }: Message): string {
  const what = transition.to === 'resolved' ? `Over: ${alert.ruleName}` : alert.ruleName;
  return test ? `Test: ${what}` : what;
}

/** The value, the limit, where, since when: `cpu cpu_percent on laptop is at 91.2 %, above 80 % since …Z.` */
export function sentenceOf({ alert, transition, unit }: Message): string {
  const { source, metric, host } = alert.series;
  const what = `${source} ${metric} on ${host}`;
  const limit = `${limits[alert.comparison]} ${valueText(alert.threshold, unit)}`;
  const since = new Date(alert.since).toISOString();
  return transition.to === 'resolved'
    ? `${what} was ${limit} since ${since}, worst ${valueText(alert.worstValue, unit)}.`
    : `${what} is at ${valueText(transition.value ?? alert.lastValue, unit)}, ${limit} since ${since}.`;
}

const signs: Record<Unit, string> = {
  percent: ' %',
  bytes: ' B',
  gibibytes: ' GiB',
  bytes_per_second: ' B/s',
  per_second: '/s',
  milliseconds: ' ms',
  seconds: ' s',
  celsius: ' °C',
  count: '',
  none: '',
};

/** A value as it is told in a message: at most two decimals, with its unit. */
export function valueText(value: number, unit: Unit): string {
  return `${Number.isInteger(value) ? value : Number(value.toFixed(2))}${signs[unit]}`;
}

/**
 * Text of others in one line: names come from people and from other machines, and nothing in them may start a line, colour a
 * terminal, hide or turn text around. Half a character becomes the sign for what is none.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();
}
