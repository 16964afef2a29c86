import type { Message } from '../contract/delivery.ts';
import { headlineOf, oneLine, sentenceOf } from './words.ts';

/** The facilities of RFC 5424 (6.2.1) for programs, by their usual names. */
export const facilities = {
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
export type Facility = keyof typeof facilities;
export const facilityNames = Object.keys(facilities) as [Facility, ...Facility[]];

/** The severity of a line, by syslog's names. */
export type SyslogSeverity = 'crit' | 'warning' | 'notice' | 'info';
const severities: Record<SyslogSeverity, number> = { crit: 2, warning: 4, notice: 5, info: 6 };

/** A firing alert has the severity of its rule; an ended one is a notice; a test or a fire drill is info. */
export function syslogSeverity({ alert, transition, test }: Message): SyslogSeverity {
  if (test || alert.drill === true) return 'info';
  if (transition.to === 'resolved') return 'notice';
  return alert.severity === 'critical' ? 'crit' : 'warning';
}

interface LineOptions {
  facility: Facility;
  appName: string;
  processId: number;
}

/** The length that every receiver should accept, RFC 5424 (6.1), in bytes. */
const lineBytes = 2048;
/** The limit for one value of the structured data, in characters. */
const valueCharacters = 150;

/**
 * The enterprise number that RFC 5612 keeps for examples: Plimsoll has none of its own, and a name without a number would have to be
 * registered. See docs/decisions/0063-how-alerts-become-syslog-lines.md.
 */
const structure = 'plimsoll@32473';

/**
 * A message as one line of RFC 5424, at most 2,048 bytes: structured data for machines, followed by text for people.
 * Nothing in it can end the line, the structured data or one of its values.
 */
export function syslogLine(message: Message, { facility, appName, processId }: LineOptions): string {
  const { alert, transition } = message;
  const priority = facilities[facility] * 8 + severities[syslogSeverity(message)];
  const time = new Date(transition.at).toISOString();
  const head = `<${priority}>1 ${time} ${name(alert.series.host, 255)} ${name(appName, 48)} ${processId} ${transition.to}`;
  const data = `[${structure}${dataOf(message)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`)
    .join('')}]`;
  const start = `${head} ${data} `;
  // RFC 5424 (6.4): a byte order mark means that the text is UTF-8.
  return start + cut(`\ufeff${syslogText(message)}`, lineBytes - Buffer.byteLength(start));
}

/** The text for people: headline and sentence in one line. */
export function syslogText(message: Message): string {
  return oneLine(`${headlineOf(message)}: ${sentenceOf(message)}`);
}

function dataOf({ id, alert, transition, test }: Message): [key: string, value: string][] {
  const { source, metric, labels } = alert.series;
  const value = transition.value ?? alert.lastValue;
  return [
    ['id', id],
    ['alert', alert.id],
    ['rule', alert.ruleName],
    ['severity', alert.severity],
    ['reason', transition.reason],
    ['source', source],
    ['metric', metric],
    ...(value === null ? [] : [['value', String(value)] satisfies [string, string]]),
    ...(alert.threshold === null ? [] : [['threshold', String(alert.threshold)] satisfies [string, string]]),
    ...(Object.keys(labels).length === 0
      ? []
      : [['labels', JSON.stringify(labels)] satisfies [string, string]]),
    ...(test ? [['test', 'true'] satisfies [string, string]] : []),
    ...(alert.drill === true ? [['drill', 'true'] satisfies [string, string]] : []),
  ];
}

/**
 * RFC 5424 (6.3.3): quote, backslash and closing bracket are escaped. The text is cut before that, so that no escape is
 * split.
 */
function escaped(value: string): string {
  const [start = ''] = new RegExp(`^.{0,${valueCharacters}}`, 'su').exec(oneLine(value)) ?? [];
  return start.replace(/["\\\]]/g, '\\$&');
}

/**
 * Printable ASCII without spaces (6); any other character becomes an underscore, and an empty text the sign for a
 * missing value.
 */
function name(text: string, charactersAtMost: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, charactersAtMost) || '-';
}

/** As many whole characters as fit. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const ellipsis = '…';
  let left = bytes - Buffer.byteLength(ellipsis);
  let kept = '';
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + ellipsis;
}
