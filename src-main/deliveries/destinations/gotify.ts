import { z } from 'zod';
import { httpUrlSchema } from '../../base/http/options.ts';
import type { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { briefText, fitted, plainText } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { addressUnder, inAnswer, notTaken, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z.strictObject({
  server: httpUrlSchema.meta({
    title: 'Server',
    description: 'The address of your Gotify server, such as https://gotify.example.org.',
  }),
  token: secretReferenceSchema.meta({
    title: 'Token of the application',
    description: 'That of an application, not of a client: it begins with A.',
    secret: true,
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema,
});

export const gotify = defineDestination<z.infer<typeof options>>({
  kind: 'gotify',
  title: 'Gotify',
  description: 'Pushes alerts to telephones and browsers through your Gotify server.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ server, token, plimsollUrl }, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const key = await secret(token);
      const answer = await postJson({
        url: addressUnder(server, '/message'),
        isUrlSecret: false,
        isOwnServer: true,
        headers: { 'X-Gotify-Key': key },
        secrets: [key],
        payload: payloadOf(brief),
        signal,
        trace,
      });
      if (answer.status === 200 && typeof inAnswer(answer, 'id') === 'number')
        return 'Gotify took the message.';
      throw gotifyError(answer);
    };
    return forPeople(plimsollUrl, say);
  },
});

/** Gotify sets no limit; a screen does. */
const titleRoom = { atMost: 300 };
const messageRoom = { atMost: 8000 };

/** From 8 on a phone rings and shows it at once, from 4 on it rings, below that it stays silent. */
const priorities = { critical: 8, warning: 5, over: 2 };

function payloadOf(brief: Brief): unknown {
  const { level, headline, link } = brief;
  return {
    title: fitted(headline, titleRoom),
    message: briefText({ ...brief, link: null }, plainText, messageRoom),
    priority: priorities[level],
    extras: {
      'client::display': { contentType: 'text/plain' },
      ...(link !== null && { 'client::notification': { click: { url: link.url } } }),
    },
  };
}

function gotifyError(answer: PostAnswer): PlimsollError {
  const isGotify = typeof inAnswer(answer, 'errorDescription') === 'string';
  const why =
    answer.status === 401 || answer.status === 403
      ? 'The token is not that of an application of this server. Make one under Apps.'
      : answer.status === 404 && !isGotify
        ? 'The address leads to no Gotify server. Where it has a path of its own, add that.'
        : undefined;
  if (answer.status !== 200) return refusal(answer, why);
  return notTaken(answer, 'the message', 'Check that the address is that of a Gotify server.');
}
