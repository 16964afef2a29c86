import { z } from 'zod';
import { placeOf } from '../../base/http/url.ts';
import { httpUrlSchema } from '../../base/http/options.ts';
import { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { levelSigns, onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { briefText, fitted } from '../brief-text.ts';
import type { Markup } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { addressUnder, askedWaitMs, inAnswer, notTaken, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z.strictObject({
  token: secretReferenceSchema.meta({
    title: 'Token of the bot',
    description: 'What @BotFather gave you, such as 123456:ABC…',
    secret: true,
  }),
  chatId: z
    .string()
    .regex(
      /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/,
      'must be the number of a chat, in quotes, or @ and the name of a channel',
    )
    .meta({
      title: 'Chat',
      description:
        'The number of a chat (that of a group begins with -), or @ and the name of a public channel. The bot must be in it, and somebody must have written to it first where it is a person.',
    }),
  threadId: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .meta({
      title: 'Topic',
      description: 'The number of the topic, in a group that has topics.',
    }),
  server: httpUrlSchema.default('https://api.telegram.org').meta({
    title: 'Server',
    description: 'Another one only where you run a Bot API server yourself.',
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema,
});

export const telegram = defineDestination<z.infer<typeof options>>({
  kind: 'telegram',
  title: 'Telegram',
  description: 'Writes alerts to a person, a group or a channel of Telegram, through a bot of yours.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ token, chatId, threadId, server, plimsollUrl }, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const botToken = await secret(token);
      const answer = await postJson({
        url: methodUrl(server, botToken),
        isUrlSecret: true,
        secrets: [botToken],
        payload: {
          chat_id: chatId,
          ...(threadId !== undefined && { message_thread_id: threadId }),
          text: textOf(brief),
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
          // An alert that is over needs nobody's attention.
          disable_notification: brief.level === 'over',
        },
        signal,
        trace,
      });
      if (answer.status === 200 && inAnswer(answer, 'ok') === true) return 'Telegram took the message.';
      throw telegramError(answer);
    };
    return forPeople(plimsollUrl, say);
  },
});

/**
 * A token of any other form would lead elsewhere on the server. The error does not quote it, because it may be part of
 * a real one.
 */
function methodUrl(server: string, token: string): string {
  if (!/^\d+:[\w-]+$/.test(token))
    throw new PlimsollError(
      'invalid_settings',
      `The token for ${placeOf(new URL(server))} is none: one has a number, a colon, and letters, digits, - and _. @BotFather shows it.`,
    );
  return addressUnder(server, `/bot${token}/sendMessage`);
}

/** Telegram accepts 4,096 characters, not counting markup. */
const textCharacters = 4096;
const headlineCharacters = 500;

function textOf(brief: Brief): string {
  const headline = fitted(brief.headline, { atMost: headlineCharacters }, markup.escape);
  const first = `${levelSigns[brief.level]} ${markup.strong(headline)}\n`;
  return first + briefText(brief, markup, { atMost: textCharacters - first.length });
}

/** An invisible word joiner keeps a name in the text from notifying the person of that name. */
const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '@': '@\u2060',
};

const markup: Markup = {
  escape: (character) => escapes[character] ?? character,
  strong: (text) => `<b>${text}</b>`,
  link: (words, url) => `<a href="${url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">${words}</a>`,
};

/** Explanations by the text of `description`: core.telegram.org/bots/api, "Making requests" and "sendMessage". */
const meanings: readonly [RegExp, string][] = [
  [
    /chat not found/i,
    'There is no such chat, or the bot is not in it: add the bot, or let the person write to it first.',
  ],
  [/chat_id is empty/i, 'Enter the number of the chat.'],
  [/blocked by the user/i, 'The person has blocked the bot, and has to unblock it.'],
  [/user is deactivated/i, 'The account of the person does not exist any more. Choose another chat.'],
  [/bot was kicked|bot is not a member/i, 'The bot is not in the group or channel any more. Add it again.'],
  [/can't initiate conversation/i, 'The person has to write to the bot first.'],
  [/bots can't send messages to bots/i, 'The chat is one of a bot. Enter that of a person or a group.'],
  [
    /not enough rights|have no rights|need administrator rights|CHAT_WRITE_FORBIDDEN/i,
    'The bot may not write there. Make it an administrator.',
  ],
  [
    /message thread not found|TOPIC_CLOSED|TOPIC_DELETED/i,
    'The topic does not exist or is closed. Choose another.',
  ],
  [
    /can't parse entities|message is too long|message text is empty/i,
    'Telegram could not read the message, which is a mistake in Plimsoll: please report it.',
  ],
];

function telegramError(answer: PostAnswer): PlimsollError {
  const description = inAnswer(answer, 'description');
  const movedTo = inAnswer(answer, 'parameters', 'migrate_to_chat_id');
  const found = meanings.find(([words]) => typeof description === 'string' && words.test(description));
  const why =
    typeof movedTo === 'number'
      ? `The group has another number now: enter ${movedTo} as the chat.`
      : answer.status === 401 || answer.status === 404
        ? 'The token is wrong or was revoked. @BotFather gives a new one.'
        : found?.[1];
  if (answer.status !== 200)
    return refusal(answer, why, {
      waitMs: answer.status === 429 ? askedWaitMs(answer, 'parameters', 'retry_after') : undefined,
    });
  return notTaken(answer, '"ok": true', why ?? 'Check that the server is a Bot API server.');
}
