import { z } from 'zod';
import { systemClock } from '../../base/clock.ts';
import { withDefaults } from '../../base/http/headers.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from '../../base/http/options.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { onResolveSchema } from '../brief.ts';
import { defineDestination } from '../destination-kind.ts';
import { answerText, post, refusal } from '../http-post.ts';
import { recordOf } from '../record.ts';
import { fillIn, templateProblem } from '../templates.ts';
import type { TemplateFormat } from '../templates.ts';
import { signed } from '../webhook-signature.ts';

/** The format of the body, from the Content-Type among the headers; JSON by default. */
function formatOf({ headers }: Readonly<Record<string, unknown>>): TemplateFormat {
  const given = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type');
  if (given === undefined) return 'json';
  const [type = ''] = String(given[1]).toLowerCase().split(';');
  if (/^application\/(.*\+)?json$/.test(type.trim())) return 'json';
  if (type.trim() === 'text/html') return 'html';
  return type.trim() === 'application/x-www-form-urlencoded' ? 'form' : 'text';
}

const options = z
  .strictObject({
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
    body: z.string().min(1, 'is empty; leave it out for the whole record').max(50_000).optional().meta({
      title: 'Body',
      description:
        'What is posted, with names such as `{{host}}` to fill in, as JSON unless the header Content-Type says otherwise. Without it, the record.',
      multiline: true,
    }),
    signingSecret: secretReferenceSchema.optional().meta({
      title: 'Signing secret',
      description:
        'With it each message is signed as Standard Webhooks are (HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and body): whsec_ and Base64, or any text.',
      secret: true,
    }),
    onResolve: onResolveSchema,
  })
  .superRefine((webhook, context) => {
    const problem = webhook.body === undefined ? null : templateProblem(webhook.body, formatOf(webhook));
    if (problem !== null) context.addIssue({ code: 'custom', path: ['body'], message: problem });
  });

export const webhook = defineDestination<z.infer<typeof options>>({
  kind: 'webhook',
  title: 'Webhook',
  description:
    'Posts each announced alert as JSON, the same record that exports hold. A repeated message has the same `Idempotency-Key`.',
  role: 'announce',
  template: { option: 'body', formatOf },
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ url, method, headers: given, signingSecret, body: template }, { secret, trace }) => ({
    async deliver(message, signal) {
      const { headers, secrets } = await resolvedHeaders(given, secret);
      const body =
        template === undefined
          ? JSON.stringify(recordOf(message))
          : fillIn(template, formatOf({ headers: given }), message);
      const key = signingSecret === undefined ? undefined : await secret(signingSecret);
      if (key !== undefined) secrets.push(key);
      const answer = await post({
        url,
        isUrlSecret: false,
        method,
        headers: {
          ...withDefaults(headers, { 'Content-Type': 'application/json', 'Idempotency-Key': message.id }),
          // The time of sending, not of the event: receivers that check it refuse messages more than a few minutes old.
          ...(key !== undefined && signed({ id: message.id, body, key, at: systemClock.now() })),
        },
        body,
        secrets,
        signal,
        trace,
      });
      if (answer.status < 200 || answer.status > 299) throw refusal(answer);
      return answerText(answer);
    },
  }),
});
