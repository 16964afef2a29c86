import { createHash } from 'node:crypto';
import type { Bundle, Message } from '../../contract/delivery.ts';
import { alertHostName } from '../../contract/host-name.ts';
import type { Chart } from '../destination-kind.ts';
import { digestOf } from '../digest.ts';
import { exportName } from '../export-name.ts';
import { encodeRecord, exportFormats } from '../formats.ts';
import type { ExportFormat } from '../formats.ts';
import { recordOf } from '../record.ts';
import { contextLines } from '../context-words.ts';
import { headlineOf, limitOf, oneLine, sentenceLines, timeText } from '../words.ts';
import { digestHtml, letterHtml } from './letter-html.ts';

/**
 * The content of a mail, whoever receives it. The same message always gives the same letter in the same time zone,
 * including its ids and date.
 */
export interface Letter {
  subject: string;
  text: string;
  html: string;
  date: Date;
  /** `<…@plimsoll>`, the same for every attempt, so that a mail program shows a repeated mail once. */
  messageId: string;
  /**
   * The id that all mails of one alert refer to, so that clients show its end below its beginning; null in a mail about
   * several. No mail has this id itself.
   */
  thread: string | null;
  headers: Record<string, string>;
  attachments: Attachment[];
}

/** An attachment of a letter. One with a `cid` is shown where the HTML refers to it, and is not offered as a file. */
export interface Attachment {
  filename: string;
  contentType: string;
  content: Buffer;
  cid?: string;
  contentDisposition?: 'inline';
}

const contentTypes: Record<ExportFormat, string> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
};

/**
 * Writes the letter of a message: what happened in a sentence, its chart if there is one, the details, and the export
 * record.
 */
export async function letterOf(message: Message, chart: Chart | null = null): Promise<Letter> {
  const record = recordOf(message);
  const said = [
    ...(message.test ? ['This is a test. Nothing is wrong.'] : []),
    sentenceLines(message).map(lineOf).join('\n'),
  ].join(' ');
  const particulars = particularsOf(message);
  const json = JSON.stringify(record, null, 2);
  const subject = lineOf(headlineOf(message));
  const { context, unit } = message;
  const reasons =
    context === undefined
      ? []
      : contextLines(context, unit).map(([name, value]): [string, string] => [name, lineOf(value)]);
  return {
    subject,
    text: [
      said,
      '',
      ...(chart === null ? [] : [`Chart: ${lineOf(chart.words)}`, '']),
      ...table(particulars),
      '',
      ...(reasons.length === 0 ? [] : ['Why it fired', ...table(reasons), '']),
      'Record',
      json,
      '',
    ].join('\n'),
    html: letterHtml({
      subject,
      said,
      picture: chart && { cid: chartId, width: chart.width, words: lineOf(chart.words) },
      particulars,
      reasons,
      json,
      isOver: message.transition.to === 'resolved',
    }),
    date: new Date(message.transition.at),
    messageId: `<${idWord(message.id)}@plimsoll>`,
    thread: `<alert-${idWord(message.alert.id)}@plimsoll>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Plimsoll-Alert': idWord(message.alert.id) },
    attachments: [
      ...(chart === null ? [] : [shownInline('chart.png', chartId, chart.png)]),
      ...(await Promise.all(
        exportFormats.map(async (format) => ({
          filename: exportName(message, format, false).name,
          contentType: contentTypes[format],
          content: Buffer.from(await encodeRecord(record, format, false)),
        })),
      )),
    ],
  };
}

/** The chart's name in the HTML of a letter. */
const chartId = 'chart@plimsoll';

/** A PNG that is shown in the text and not offered as a file. */
export function shownInline(filename: string, cid: string, png: Uint8Array): Attachment {
  return { filename, cid, contentType: 'image/png', contentDisposition: 'inline', content: Buffer.from(png) };
}

/**
 * Writes one letter for many messages: one line for each alert, grouped by host and rule. The records are not attached:
 * those of a thousand alerts would be refused for their size.
 */
export function digestLetterOf(bundle: Bundle): Letter {
  const { headline, level, groups, more, late } = digestOf(bundle);
  const alertIds = new Set(bundle.messages.map(({ alert }) => alert.id));
  const subject = lineOf(headline);
  const content = {
    subject,
    groups: groups.map(({ title, lines }) => ({ title: lineOf(title), lines: lines.map(lineOf) })),
    notes: [more, late].filter((note) => note !== null),
    isOver: level === 'over',
  };
  return {
    subject,
    text: [
      subject,
      '',
      ...content.groups.flatMap(({ title, lines }) => [title, ...lines.map((line) => `- ${line}`), '']),
      ...content.notes,
      '',
    ].join('\n'),
    html: digestHtml(content),
    date: new Date(Math.max(...bundle.messages.map(({ transition }) => transition.at))),
    messageId: `<${idWord(bundle.id)}@plimsoll>`,
    thread: alertIds.size === 1 ? `<alert-${idWord([...alertIds].join(''))}@plimsoll>` : null,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Plimsoll-Alerts': String(alertIds.size) },
    attachments: [],
  };
}

function particularsOf({ alert, transition, unit }: Message): [name: string, value: string][] {
  const labels = Object.entries(alert.series.labels).map(([name, value]) => `${name}=${value}`);
  const rows: [string, string][] = [
    ['Rule', alert.ruleName],
    ['Severity', alert.severity],
    ['Host', hostWords(alert)],
    ['Source', alert.series.source],
    ['Metric', [alert.series.metric, ...labels].join(' ')],
    ...(alert.cause === undefined
      ? ([
          ['Limit', limitOf(alert, unit)],
          ['Beyond it since', timeText(alert.since)],
        ] satisfies [string, string][])
      : ([['Nothing known since', timeText(alert.since)]] satisfies [string, string][])),
    ['Fired', timeText(alert.firedAt)],
    ...(alert.resolvedAt === null ? [] : [['Over', timeText(alert.resolvedAt)] satisfies [string, string]]),
    ['Transition', `${transition.from} to ${transition.to} (${transition.reason.replaceAll('_', ' ')})`],
  ];
  return rows.map(([name, value]) => [name, lineOf(value)]);
}

/** With its id, where that is not its name. */
function hostWords(alert: Message['alert']): string {
  const { host } = alert.series;
  const name = alertHostName(alert);
  return name === host ? host : `${name} (${host})`;
}

export function table(rows: readonly [name: string, value: string][]): string[] {
  const widest = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${`${name}:`.padEnd(widest + 2)}${value}`);
}

/** Text as one line of a mail. */
export function lineOf(text: string): string {
  return oneLine(text).slice(0, 1000).toWellFormed();
}

/** An id as a word that headers allow; any other id is replaced by its hash. */
export function idWord(id: string): string {
  return /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
}
