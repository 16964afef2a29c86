import { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Message } from '../contract/delivery.ts';
import { messageOf } from '../contract/error.ts';
import { alertHostName } from '../contract/host-name.ts';
import { contextLines } from './context-words.ts';
import { recordOf } from './record.ts';
import { headlineOf, judgedValueText, limitOf, limitText, oneLine, sentenceOf } from './words.ts';

/** The format of a template, which determines how values are escaped. */
export type TemplateFormat = 'text' | 'json' | 'html' | 'form';

interface Name {
  text(message: Message): string;
  /** The value in JSON outside quotation marks; absent if it is the text in quotation marks. */
  json?(message: Message): unknown;
}

const time = (at: number | null) => (at === null ? '' : new Date(at).toISOString());
const labelsText = ({ alert }: Message) =>
  Object.entries(alert.series.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
const valueOf = ({ alert, transition }: Message) => transition.value ?? alert.lastValue;

/** All names that a template can use. There are no other look-ups and no calculations. */
const names: Record<string, Name> = {
  title: { text: headlineOf },
  sentence: { text: sentenceOf },
  state: { text: ({ transition }) => transition.to },
  severity: { text: ({ alert }) => alert.severity },
  rule: { text: ({ alert }) => alert.ruleName },
  rule_id: { text: ({ alert }) => alert.ruleId },
  host: { text: ({ alert }) => alert.series.host },
  host_name: { text: ({ alert }) => alertHostName(alert) },
  source: { text: ({ alert }) => alert.series.source },
  metric: { text: ({ alert }) => alert.series.metric },
  labels: { text: labelsText, json: ({ alert }) => alert.series.labels },
  tags: { text: ({ alert }) => (alert.tags ?? []).join(', '), json: ({ alert }) => alert.tags ?? [] },
  value: { text: (message) => judgedValueText(message, valueOf(message)), json: valueOf },
  threshold: {
    text: ({ alert, unit }) => limitText(alert, alert.threshold, unit),
    json: ({ alert }) => alert.threshold,
  },
  worst: {
    text: (message) => judgedValueText(message, message.alert.worstValue),
    json: ({ alert }) => alert.worstValue,
  },
  limit: { text: ({ alert, unit }) => limitOf(alert, unit) },
  unit: { text: ({ unit }) => unit },
  reason: { text: ({ transition }) => transition.reason.replaceAll('_', ' ') },
  at: { text: ({ transition }) => time(transition.at) },
  since: { text: ({ alert }) => time(alert.since) },
  fired_at: { text: ({ alert }) => time(alert.firedAt) },
  resolved_at: {
    text: ({ alert }) => time(alert.resolvedAt),
    json: ({ alert }) => (alert.resolvedAt === null ? null : time(alert.resolvedAt)),
  },
  affected: { text: ({ alert }) => String(alert.affected ?? 0), json: ({ alert }) => alert.affected ?? 0 },
  note: { text: ({ alert }) => alert.note ?? '', json: ({ alert }) => alert.note },
  why: {
    text: ({ context, unit }) =>
      context === undefined
        ? ''
        : contextLines(context, unit)
            .map(([title, said]) => `${title}: ${said}`)
            .join('; '),
  },
  alert_id: { text: ({ alert }) => alert.id },
  message_id: { text: ({ id }) => id },
  test: { text: ({ test }) => String(test), json: ({ test }) => test },
  record: { text: (message) => JSON.stringify(recordOf(message)), json: recordOf },
};

/** The names that a template can use, in the order of the documentation. */
export const templateNames: readonly string[] = Object.keys(names);

type Part =
  | { text: string }
  /** Whether it is in a JSON string, its length in the template, and where it begins. */
  | { name: string; isQuoted: boolean; length: number; at: number };

/** `\{{` is taken literally; a name is between `{{` and `}}`. An unclosed `{{` also matches. */
const marks = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g;

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let isQuoted = false;
  let done = 0;
  const push = (text: string) => {
    isQuoted = isQuotedAfter(text, isQuoted);
    parts.push({ text });
  };
  for (const mark of template.matchAll(marks)) {
    push(template.slice(done, mark.index));
    const [whole, name] = mark;
    done = mark.index + whole.length;
    if (whole === '\\{{') push('{{');
    else parts.push({ name: name?.trim() ?? '{{', isQuoted, length: whole.length, at: mark.index });
  }
  push(template.slice(done));
  return parts;
}

/** Whether a part of a JSON text ends inside a string. */
function isQuotedAfter(text: string, before: boolean): boolean {
  let isQuoted = before;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && isQuoted) at++;
    else if (text[at] === '"') isQuoted = !isQuoted;
  }
  return isQuoted;
}

/** The problem of a template and its place, as the end of a sentence; null if there is none. */
export function templateProblem(template: string, format: TemplateFormat): string | null {
  const parts = partsOf(template);
  for (const part of parts) {
    if ('text' in part || Object.hasOwn(names, part.name)) continue;
    const place = placeIn(template, part.at);
    return part.name === '{{'
      ? `has {{ without }} at ${place}; write \\{{ for the signs themselves`
      : `there is no {{${part.name}}} to fill in, at ${place}.${didYouMean(part.name, templateNames)} Names are ${templateNames.join(', ')}`;
  }
  if (format !== 'json') return null;
  // As long as in the template, so that the position of an error is right.
  const filled = parts.map((part) =>
    'text' in part ? part.text : (part.isQuoted ? '' : '0').padEnd(part.length, part.isQuoted ? 'x' : ' '),
  );
  try {
    JSON.parse(filled.join(''));
    return null;
  } catch (thrown) {
    return `is no JSON when it is filled in: ${messageOf(thrown)}`;
  }
}

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/**
 * Fills in a template, once: values are inserted unchanged, even `{{host}}`, and can end no line, no JSON string and no
 * HTML element. An unknown name becomes empty; `templateProblem` reports it beforehand.
 */
export function fillIn(template: string, format: TemplateFormat, message: Message): string {
  return partsOf(template)
    .map((part) => ('text' in part ? part.text : escaped(part, format, message)))
    .join('');
}

function escaped(
  { name, isQuoted }: { name: string; isQuoted: boolean },
  format: TemplateFormat,
  message: Message,
): string {
  const entry = Object.hasOwn(names, name) ? names[name] : undefined;
  if (entry === undefined) return '';
  if (format === 'json' && !isQuoted) return JSON.stringify(entry.json?.(message) ?? plain(entry, message));
  const text = oneLine(entry.text(message));
  switch (format) {
    case 'json':
      return JSON.stringify(text).slice(1, -1);
    case 'html':
      return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
    case 'form':
      return encodeURIComponent(text);
    case 'text':
      return text;
  }
}

/** A name with a JSON value of its own becomes null if it has none now. */
function plain(entry: Name, message: Message): string | null {
  return entry.json === undefined ? oneLine(entry.text(message)) : null;
}

function templateSchema(charactersAtMost: number) {
  return z
    .string()
    .min(1, 'is empty; leave it out for the words of Plimsoll')
    .max(charactersAtMost)
    .superRefine((template, context) => {
      const problem = templateProblem(template, 'text');
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });
}

/** The user's own words, an option of all destinations that write to people. */
export const wordingSchema = z
  .strictObject({
    title: templateSchema(500)
      .optional()
      .meta({ title: 'Title', description: 'The subject or the first line. Without it, `{{title}}`.' }),
    text: templateSchema(4000).optional().meta({
      title: 'Text',
      description: 'What is said below it. Without it, `{{sentence}}`.',
      multiline: true,
    }),
  })
  .meta({
    id: 'Wording',
    title: 'Words',
    description:
      'Words of your own, `title` and `text`, with names such as `{{host}}` to fill in. Without them, those of Plimsoll.',
  });
export type Wording = z.infer<typeof wordingSchema>;

/** The message in the user's words. A fire drill keeps Plimsoll's, which say that it is one. */
export function inWords(message: Message, wording: Wording | undefined): Message {
  if (wording === undefined || message.alert.drill === true) return message;
  const { title, text } = wording;
  return {
    ...message,
    wording: {
      ...(title !== undefined && { title: fillIn(title, 'text', message) }),
      ...(text !== undefined && { text: fillIn(text, 'text', message) }),
    },
  };
}
