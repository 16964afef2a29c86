import { z } from 'zod';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Preview } from '../../contract/trial.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { recordOf } from '../../deliveries/record.ts';
import { fillIn, inWords, templateProblem, wordingSchema } from '../../deliveries/templates.ts';
import { headlineOf, sentenceOf } from '../../deliveries/words.ts';
import { invalidSettings } from '../settings/parse-item.ts';
import { parseDocument } from '../settings/schema.ts';

/** The part of a destination's form that determines its words: the common options, or those of its kind. */
export interface PreviewQuestion {
  kind: string;
  wording?: unknown;
  [option: string]: unknown;
}

/**
 * The text that a destination would send about the last message, or about an invented one. Throws `invalid_settings`
 * with the problems of its words, and `unsupported` for an unknown kind.
 */
export function previewOf(
  { kind: kindName, wording, ...options }: PreviewQuestion,
  last: Message | null,
  invent: () => Message,
): Preview {
  const kind = destinationKind(kindName);
  if (kind === undefined)
    throw new PlimsollError('unsupported', `There is no kind of destination ${kindName}.`);
  const message = last ?? { ...invent(), test: false };
  const { id, firedAt, ruleName, series } = message.alert;
  const of = last === null ? null : { id, firedAt, ruleName, host: series.host };
  const { template } = kind;
  if (template === undefined) {
    const words =
      wording === undefined
        ? undefined
        : parseDocument({ wording }, z.strictObject({ wording: wordingSchema }), () => undefined).wording;
    const worded = inWords(message, words);
    return {
      of,
      parts: [
        { name: 'title', text: headlineOf(worded) },
        { name: 'text', text: sentenceOf(worded) },
      ],
    };
  }
  const written = options[template.option];
  const format = template.formatOf(options);
  if (typeof written !== 'string')
    return { of, parts: [{ name: 'body', text: JSON.stringify(recordOf(message), null, 2) }] };
  const problem = templateProblem(written, format);
  if (problem !== null) throw invalidSettings([{ path: template.option, message: problem }]);
  return { of, parts: [{ name: 'body', text: fillIn(written, format, message) }] };
}
