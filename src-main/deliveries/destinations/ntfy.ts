import { z } from 'zod';
import { httpUrlSchema } from '../../base/http/options.ts';
import type { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import { onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { briefText, fitted, plainText } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { inAnswer, notTaken, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z
  .strictObject({
    topic: z
      .string()
      .regex(/^[-\w]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')
      .meta({
        title: 'Topic',
        description:
          'Letters, digits, - and _. On ntfy.sh whoever guesses it reads along, unless it is reserved: take one that nobody guesses.',
      }),
    server: httpUrlSchema.default('https://ntfy.sh').meta({
      title: 'Server',
      description: 'https://ntfy.sh, or your own.',
    }),
    token: secretReferenceSchema.optional().meta({
      title: 'Access token',
      description: 'Such as tk_…, where the server wants one.',
      secret: true,
    }),
    username: z.string().min(1).max(300).optional().meta({
      title: 'User name',
      description: 'In place of a token, with the password.',
    }),
    password: secretReferenceSchema.optional().meta({
      title: 'Password',
      description: 'Goes with the user name.',
      secret: true,
    }),
    plimsollUrl: plimsollUrlSchema,
    onResolve: onResolveSchema,
  })
  .superRefine(({ token, username, password }, context) => {
    const problem = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (username !== undefined && password === undefined) problem('password', 'is needed with a user name');
    if (username === undefined && password !== undefined) problem('username', 'is needed with a password');
    if (token !== undefined && username !== undefined)
      problem('token', 'takes the place of a user name: give one of them');
  });
type Options = z.infer<typeof options>;

export const ntfy = defineDestination<Options>({
  kind: 'ntfy',
  title: 'ntfy',
  description: 'Pushes alerts to telephones and browsers through ntfy.sh or a server of your own.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: (settings, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const { headers, secrets } = await authorizationOf(settings, secret);
      const answer = await postJson({
        // JSON is posted to the root with the topic in the body, because headers cannot carry every character.
        url: settings.server,
        isUrlSecret: false,
        isOwnServer: true,
        headers,
        secrets,
        payload: payloadOf(settings.topic, brief),
        signal,
        trace,
      });
      if (answer.status === 200 && inAnswer(answer, 'event') === 'message') return 'ntfy took the message.';
      throw ntfyError(answer);
    };
    return forPeople(settings.plimsollUrl, say);
  },
});

async function authorizationOf(
  { token, username, password }: Options,
  secret: ResolveSecret,
): Promise<{ headers: Record<string, string>; secrets: string[] }> {
  if (token !== undefined) {
    const value = await secret(token);
    return { headers: { Authorization: `Bearer ${value}` }, secrets: [value] };
  }
  if (username === undefined || password === undefined) return { headers: {}, secrets: [] };
  const value = await secret(password);
  const credentials = Buffer.from(`${username}:${value}`).toString('base64');
  return { headers: { Authorization: `Basic ${credentials}` }, secrets: [value, credentials] };
}

/** A message of more than 4,096 bytes becomes an attached file that nobody opens. */
const messageRoom = { atMost: 4000, sizeOf: (text: string) => Buffer.byteLength(text) };
const titleRoom = { ...messageRoom, atMost: 400 };

/** 5 rings until it is seen, 3 rings as usual, 2 stays silent. */
const priorities = { critical: 5, warning: 3, over: 2 };
/** Tag names that ntfy shows as emoji before the title. */
const tags = { critical: 'rotating_light', warning: 'warning', over: 'white_check_mark' };

function payloadOf(topic: string, brief: Brief): unknown {
  const { level, headline, link } = brief;
  return {
    topic,
    title: fitted(headline, titleRoom),
    // A click opens the link; as text it would only take room.
    message: briefText({ ...brief, link: null }, plainText, messageRoom),
    priority: priorities[level],
    tags: [tags[level]],
    ...(link !== null && { click: link.url }),
  };
}

const login = 'Check the access token, or the user name and its password.';

/**
 * Explanations by the code in the answer; the server's codes are in its `server/errors.go`,
 * github.com/binwiederhier/ntfy.
 */
const meanings = new Map<unknown, string>([
  [40009, 'The topic is none that the server knows. Choose another.'],
  [40010, 'The server does not allow a topic of this name. Choose another.'],
  [40101, `The server does not know who this is. ${login}`],
  [40301, 'Whoever this is may not write to the topic. Give the right to it, or choose another topic.'],
  [40401, 'The address leads to no ntfy server.'],
  [42908, 'The day’s messages are used up.'],
]);

function ntfyError(answer: PostAnswer): PlimsollError {
  const code = inAnswer(answer, 'code');
  const why = meanings.get(code) ?? (answer.status === 401 ? login : undefined);
  if (answer.status !== 200) return refusal(answer, why);
  return notTaken(
    answer,
    'the message',
    'Check that the address is that of an ntfy server, without the topic.',
  );
}
