import { z } from 'zod';
import type { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief, Link } from '../brief.ts';
import { fitted } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { inAnswer, notTaken, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z.strictObject({
  webhookUrl: secretReferenceSchema.meta({
    title: 'Webhook address',
    description:
      'The address of an incoming webhook (https://hooks.slack.com/services/…). Whoever knows it can post, so it is kept as a secret.',
    secret: true,
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema,
});

export const slack = defineDestination<z.infer<typeof options>>({
  kind: 'slack',
  title: 'Slack',
  description: 'Posts alerts to a Slack channel, or to anything that takes the incoming webhooks of Slack.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ webhookUrl, plimsollUrl }, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const url = await secret(webhookUrl);
      const payload = payloadOf(brief);
      const answer = await postJson({ url, isUrlSecret: true, secrets: [], payload, signal, trace });
      if (answer.status === 200 && answer.said === 'ok') return 'Slack took the message.';
      throw slackError(answer);
    };
    return forPeople(plimsollUrl, say);
  },
});

/** Slack refuses a section with more than 3,000 characters, */
const headlineCharacters = 500;
const sentenceCharacters = 2000;
/** and a message with more than 50 blocks. A digest has a block for each of its groups. */
const lineCharacters = 250;
const groupCharacters = 2900;

const signs = { critical: ':red_circle:', warning: ':large_yellow_circle:', over: ':white_check_mark:' };
/** Six lines of circumstances, with their titles. */
const contextCharacters = 450;

function payloadOf({ level, headline: said, sections, reasons, notes, link }: Brief): unknown {
  const headline = `${signs[level]} *${mrkdwn(said, headlineCharacters)}*`;
  const [first] = sections;
  // Details of one alert are below the headline; several alerts have a block for each group.
  const isOne = first !== undefined && first.title === null;
  const under = isOne ? first.lines.map((line) => mrkdwn(line, sentenceCharacters)) : [];
  return {
    text: `${signs[level]} ${mrkdwn(said, headlineCharacters)}`,
    blocks: [
      section([headline, ...under].join('\n')),
      ...(isOne ? [] : sections).map(({ title, lines }) => section(groupText(title ?? '', lines))),
      ...(reasons.length === 0 ? [] : [section(reasons.map(reasonText).join('\n'))]),
      ...notes.map((note) => context(mrkdwn(note, lineCharacters))),
      ...(link === null ? [] : [context(linkText(link))]),
    ],
  };
}

/** The last line says what is not named, and is never left out. */
function groupText(title: string, lines: readonly string[]): string {
  const [last = '', ...before] = lines.map((line) => `• ${mrkdwn(line, lineCharacters)}`).reverse();
  let text = `*${mrkdwn(title, lineCharacters)}*`;
  for (const line of before.reverse()) {
    if (text.length + line.length + last.length > groupCharacters) break;
    text += `\n${line}`;
  }
  return `${text}\n${last}`;
}

function reasonText([title, said]: readonly [string, string]): string {
  return `*${mrkdwn(title, contextCharacters)}:* ${mrkdwn(said, contextCharacters)}`;
}

function linkText({ words, url }: Link): string {
  return `<${url.replaceAll('&', '&amp;').replaceAll('|', '%7C')}|${words}>`;
}

function section(text: string): unknown {
  return { type: 'section', text: textObject(text) };
}

function context(text: string): unknown {
  return { type: 'context', elements: [textObject(text)] };
}

/** `verbatim` keeps Slack from linking text that looks like an address or a channel. */
function textObject(text: string): unknown {
  return { type: 'mrkdwn', text, verbatim: true };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text from elsewhere in Slack's markup, so that it cannot notify people (`<!channel>`) or contain links. */
function mrkdwn(text: string, atMost: number): string {
  return fitted(text, { atMost }, (character) => escapes[character] ?? character);
}

const another = 'Make a new webhook in Slack and enter its address.';
const ours = 'Slack could not read the message, which is a mistake in Plimsoll: please report it.';

/** Explanations of Slack's answers, and remedies: api.slack.com/messaging/webhooks, "Handling errors". */
const meanings = new Map<unknown, string>([
  ['invalid_payload', ours],
  ['invalid_blocks', ours],
  ['no_text', ours],
  ['no_service', `The webhook was removed or switched off. ${another}`],
  ['no_service_id', `The address is not complete. ${another}`],
  ['no_active_hooks', `The webhook was switched off. ${another}`],
  ['no_team', `The workspace does not exist any more. ${another}`],
  ['team_disabled', 'The workspace is switched off.'],
  ['invalid_token', `The address is wrong or was revoked. ${another}`],
  ['channel_not_found', `The channel of the webhook does not exist any more. ${another}`],
  [
    'channel_is_archived',
    'The channel of the webhook is archived. Bring it back, or make a webhook for another.',
  ],
  ['user_not_found', `The person whom the webhook writes to does not exist any more. ${another}`],
  ['action_prohibited', 'An administrator of the workspace does not allow this.'],
  [
    'posting_to_general_channel_denied',
    'Only some people may post in this channel. Choose another for the webhook.',
  ],
]);

/** Anything but a plain `ok` means that it was not posted, even with status 200. */
function slackError(answer: PostAnswer): PlimsollError {
  // A word, or `{"ok":false,"error":"word"}` as in its other interfaces.
  const why = meanings.get(inAnswer(answer, 'error') ?? answer.said) ?? '';
  if (answer.status !== 200) return refusal(answer, why);
  return notTaken(
    answer,
    '"ok"',
    why === '' ? 'Check that the address is that of an incoming webhook.' : why,
  );
}
