import { z } from 'zod';
import { withDefaults } from '../../base/http/headers.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from '../../base/http/options.ts';
import { defineDestination } from '../destination-kind.ts';
import { answerText, post, refusal } from '../http-post.ts';
import { recordOf } from '../record.ts';

const options = z.strictObject({
  url: httpUrlSchema.meta({
    title: 'Address',
    description:
      'Where to post, such as https://example.org/hook. Only http and https, without a user name in it.',
  }),
  method: z
    .enum(['POST', 'PUT'])
    .default('POST')
    .meta({ title: 'Method', description: 'How the receiver wants to be sent to.' }),
  headers: httpHeadersSchema.optional().meta({
    title: 'Headers',
    description: 'Sent with each message, such as Authorization. What is secret in them is referred to.',
  }),
  onResolve: z
    .boolean()
    .default(true)
    .meta({ title: 'Also when it is over', description: 'Post a second time when the alert resolves.' }),
});

export const webhook = defineDestination<z.infer<typeof options>>({
  kind: 'webhook',
  title: 'Webhook',
  description:
    'Posts each announced alert as JSON, the same record that exports hold. A repeated message has the same `Idempotency-Key`.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ url, method, headers: given }, { secret, trace }) => ({
    async deliver(message, signal) {
      const { headers, secrets } = await resolvedHeaders(given, secret);
      const answer = await post({
        url,
        isUrlSecret: false,
        method,
        headers: withDefaults(headers, {
          'Content-Type': 'application/json',
          'Idempotency-Key': message.id,
        }),
        body: JSON.stringify(recordOf(message)),
        secrets,
        signal,
        trace,
      });
      if (answer.status < 200 || answer.status > 299) throw refusal(answer);
      return answerText(answer);
    },
  }),
});
