import { z } from 'zod';
import type { Bundle, Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { defineDestination, peopleReadEveryMs } from '../destination-kind.ts';
import { digestOf } from '../digest.ts';
import { post, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';
import { contextLines } from '../context-words.ts';
import { headlineOf, oneLine, sentenceLines } from '../words.ts';

const options = z.strictObject({
  webhookUrl: secretReferenceSchema.meta({
    title: 'Webhook address',
    description:
      'The address of an incoming webhook (https://hooks.slack.com/services/…). Whoever knows it can post, so it is kept as a secret.',
    secret: true,
  }),
  onResolve: z
    .boolean()
    .default(true)
    .meta({ title: 'Also when it is over', description: 'Post a second time when the alert resolves.' }),
});

export const slack = defineDestination<z.infer<typeof options>>({
  kind: 'slack',
  title: 'Slack',
  description: 'Posts alerts to a Slack channel, or to anything that takes the incoming webhooks of Slack.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ webhookUrl }, { secret, trace }) => {
    const say = async (payload: unknown, signal: AbortSignal) => {
      const answer = await post({
        url: await secret(webhookUrl),
        isUrlSecret: true,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(payload),
        secrets: [],
        // Slack never redirects: who does is not Slack.
        redirectsAtMost: 0,
        signal,
        trace,
      });
      if (answer.status === 200 && answer.said === 'ok') return 'Slack took the message.';
      throw slackError(answer);
    };
    return {
      deliver: (message, signal) => say(payloadOf(message), signal),
      together: {
        everyMs: peopleReadEveryMs,
        deliver: (bundle, signal) => say(digestPayloadOf(bundle), signal),
      },
    };
  },
});

/** Slack refuses a section with more than 3,000 characters, */
const headlineCharacters = 500;
const sentenceCharacters = 2000;
/** and a message with more than 50 blocks. A digest has a block for each of its groups. */
const lineCharacters = 250;
const groupCharacters = 2900;

const signs = { critical: ':red_circle:', warning: ':large_yellow_circle:', over: ':white_check_mark:' };
/** Six lines of a context, with their titles. */
const contextCharacters = 450;

function payloadOf(message: Message): unknown {
  const { alert, transition } = message;
  const sign = signs[transition.to === 'resolved' ? 'over' : alert.severity];
  const headline = mrkdwn(headlineOf(message), headlineCharacters);
  const sentence = linesOf(sentenceLines(message), sentenceCharacters);
  const when = `${alert.severity} · ${new Date(transition.at).toISOString()}`;
  return {
    text: `${sign} ${headline}`,
    blocks: [
      { type: 'section', text: textObject(`${sign} *${headline}*\n${sentence}`) },
      ...reasonsOf(message),
      { type: 'context', elements: [textObject(when)] },
    ],
  };
}

function digestPayloadOf(bundle: Bundle): unknown {
  const { headline: said, level, groups, more, late } = digestOf(bundle);
  const headline = mrkdwn(said, headlineCharacters);
  const notes = [more, late].filter((note) => note !== null);
  return {
    text: `${signs[level]} ${headline}`,
    blocks: [
      { type: 'section', text: textObject(`${signs[level]} *${headline}*`) },
      ...groups.map(({ title, lines }) => ({
        type: 'section',
        text: textObject(groupText(mrkdwn(title, lineCharacters), lines)),
      })),
      ...notes.map((note) => ({ type: 'context', elements: [textObject(mrkdwn(note, lineCharacters))] })),
    ],
  };
}

/** The last line is that of what is not named, which is never left out. */
function groupText(title: string, lines: readonly string[]): string {
  const [last = '', ...before] = lines.map((line) => `• ${mrkdwn(line, lineCharacters)}`).reverse();
  let text = `*${title}*`;
  for (const line of before.reverse()) {
    if (text.length + line.length + last.length > groupCharacters) break;
    text += `\n${line}`;
  }
  return `${text}\n${last}`;
}

/** What was going on; once it is over that is not repeated. */
function reasonsOf({ context, transition, unit }: Message): unknown[] {
  if (context === undefined || transition.to === 'resolved') return [];
  const lines = contextLines(context, unit).map(
    ([title, said]) => `*${mrkdwn(title, contextCharacters)}:* ${mrkdwn(said, contextCharacters)}`,
  );
  return lines.length === 0 ? [] : [{ type: 'section', text: textObject(lines.join('\n')) }];
}

/** `verbatim` keeps Slack from making links of what looks like an address or a channel. */
function textObject(text: string): unknown {
  return { type: 'mrkdwn', text, verbatim: true };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text of others in Slack's markup: in one line, and unable to call people (`<!channel>`) or to link. */
function mrkdwn(text: string, charactersAtMost: number): string {
  let escaped = '';
  for (const character of oneLine(text)) {
    const next = escapes[character] ?? character;
    if (escaped.length + next.length > charactersAtMost) return `${escaped}…`;
    escaped += next;
  }
  return escaped;
}

function linesOf(texts: readonly string[], charactersAtMost: number): string {
  let left = charactersAtMost;
  const lines: string[] = [];
  for (const line of texts) {
    if (left <= 0) break;
    const said = mrkdwn(line, left);
    left -= said.length + 1;
    lines.push(said);
  }
  return lines.join('\n');
}

const another = 'Make a new webhook in Slack and enter its address.';
const ours = 'Slack could not read the message, which is a mistake in Plimsoll: please report it.';

/** What Slack answers, and how it is mended: api.slack.com/messaging/webhooks, "Handling errors". */
const meanings = new Map([
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

/** Everything but a plain `ok` means that nobody read it, with 200 too. */
function slackError(answer: PostAnswer): PlimsollError {
  const why = meanings.get(reasonIn(answer.said)) ?? '';
  if (answer.status !== 200) return refusal(answer, why);
  return new PlimsollError(
    'invalid_request',
    `${answer.place} answered ${answer.said === '' ? 'nothing' : answer.said} in place of "ok", so nothing was posted. ` +
      (why === '' ? 'Check that the address is that of an incoming webhook.' : why),
  );
}

/** Slack answers with a word, its other interfaces with `{"ok":false,"error":"word"}`. */
function reasonIn(said: string): string {
  try {
    const answer: unknown = JSON.parse(said);
    const hasError = typeof answer === 'object' && answer !== null && 'error' in answer;
    return hasError && typeof answer.error === 'string' ? answer.error : '';
  } catch {
    return said;
  }
}
