import { z } from 'zod';
import type { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { levelSigns, onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { briefText, fitted } from '../brief-text.ts';
import type { Markup } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { askedWaitMs, inAnswer, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z.strictObject({
  webhookUrl: secretReferenceSchema.meta({
    title: 'Webhook address',
    description:
      'The address of a webhook (https://discord.com/api/webhooks/…), with ?thread_id=… for a thread. Whoever knows it can post, so it is kept as a secret.',
    secret: true,
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema,
});

export const discord = defineDestination<z.infer<typeof options>>({
  kind: 'discord',
  title: 'Discord',
  description: 'Posts alerts to a Discord channel.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ webhookUrl, plimsollUrl }, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const given = await secret(webhookUrl);
      const answer = await postJson({
        url: waiting(given),
        isUrlSecret: true,
        secrets: [given],
        payload: payloadOf(brief),
        signal,
        trace,
      });
      if (answer.status === 200 || answer.status === 204) return 'Discord took the message.';
      throw discordError(answer);
    };
    return forPeople(plimsollUrl, say);
  },
});

/** Without `wait` Discord answers before it knows whether it can post. */
function waiting(webhookUrl: string): string {
  const url = URL.parse(webhookUrl);
  if (url === null) return webhookUrl;
  url.searchParams.set('wait', 'true');
  return url.href;
}

/** Discord accepts 2,000 characters of content, 4,096 of a description, and 6,000 in all embeds. */
const contentCharacters = 500;
const descriptionCharacters = 4000;

const colours = { critical: 0xd93036, warning: 0xe5a50a, over: 0x2f9e5d };

function payloadOf(brief: Brief): unknown {
  const headline = fitted(brief.headline, { atMost: contentCharacters }, markup.escape);
  return {
    content: `${levelSigns[brief.level]} ${markup.strong(headline)}`,
    embeds: [
      {
        description: briefText(brief, markup, { atMost: descriptionCharacters }),
        color: colours[brief.level],
      },
    ],
    // Nobody is notified, whatever a name contains: neither everyone nor a role nor a person.
    allowed_mentions: { parse: [] },
  };
}

const special = new Set('\\*_~`|<>@#[]');

/** Discord's Markdown. A colon is escaped where it would make a link, a dash where it would start a list. */
const markup: Markup = {
  escape: (character, next) =>
    special.has(character) || (character === ':' && next === '/') || (character === '-' && next === ' ')
      ? `\\${character}`
      : character,
  strong: (text) => `**${text}**`,
  link: (words, url) => `[${words}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
};

const another = 'Make a new webhook in the settings of the channel and enter its address.';

/** discord.com/developers/docs/topics/opcodes-and-status-codes, "JSON Error Codes". */
const meanings = new Map<unknown, string>([
  [10003, `The channel does not exist any more. ${another}`],
  [10015, `The webhook was deleted. ${another}`],
  [50006, 'Discord found the message empty, which is a mistake in Plimsoll: please report it.'],
  [50013, 'The webhook may not post there. Ask somebody who manages the server.'],
  [50027, `The address is not complete or was revoked. ${another}`],
  [50035, 'Discord could not read the message, which is a mistake in Plimsoll: please report it.'],
  [50083, 'The thread is archived. Open it again, or name another in the address.'],
  [220001, 'In a forum every message needs a thread: add ?thread_id=… to the address.'],
]);

function discordError(answer: PostAnswer): PlimsollError {
  return refusal(answer, meanings.get(inAnswer(answer, 'code')), {
    waitMs: answer.status === 429 ? askedWaitMs(answer, 'retry_after') : undefined,
  });
}
