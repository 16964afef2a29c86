import { z } from 'zod';
import { httpRequest } from '../base/http-client.ts';
import { withDefaults } from '../base/http-headers.ts';
import type { HttpAuthorization } from '../base/http-headers.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from '../base/http-options.ts';
import { PlimsollError } from '../contract/error.ts';
import { secretReferenceSchema } from '../contract/secret.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import { jsonIn } from './json-answer.ts';
import { numberFields } from './json-fields.ts';
import { PartialReading } from './partial-reading.ts';
import { defineSource } from './source-kind.ts';

const bodyBytesAtMost = 64 * 1024;

const options = z
  .strictObject({
    url: httpUrlSchema.meta({
      title: 'Address',
      description:
        'Such as https://example.org/status. Only http and https, without a user name or password in it.',
    }),
    method: z
      .enum(['GET', 'POST', 'PUT', 'HEAD'])
      .default('GET')
      .meta({ title: 'Method', description: 'HEAD asks for status and time only, and reads no fields.' }),
    headers: httpHeadersSchema.optional().meta({
      title: 'Headers',
      description: 'Sent with each request. What is secret in them is referred to.',
      advanced: true,
    }),
    username: z
      .string()
      .min(1)
      .max(500)
      .refine((name) => !name.includes(':'), 'must not contain a colon')
      .optional()
      .meta({
        title: 'User name',
        description: 'For endpoints that ask for a name and a password (Basic).',
        advanced: true,
      }),
    password: secretReferenceSchema
      .optional()
      .meta({ title: 'Password', description: 'Goes with the user name.', secret: true, advanced: true }),
    token: secretReferenceSchema.optional().meta({
      title: 'Token',
      description: 'Sent as `Authorization: Bearer …`, in place of a user name and password.',
      secret: true,
      advanced: true,
    }),
    body: z
      .string()
      .refine((body) => Buffer.byteLength(body) <= bodyBytesAtMost, 'must not be longer than 64 KiB')
      .optional()
      .meta({
        title: 'Body',
        description: 'Sent with POST and PUT, as JSON unless the header Content-Type says otherwise.',
        multiline: true,
        advanced: true,
      }),
  })
  .superRefine(({ method, headers, username, password, token, body }, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const isNamed = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
    if (password !== undefined && username === undefined)
      complain('password', 'a password needs a user name');
    if ([username !== undefined, token !== undefined, isNamed].filter(Boolean).length > 1)
      complain(
        token === undefined ? 'username' : 'token',
        'a user name, a token and the header Authorization exclude each other; leave all but one out',
      );
    if (body !== undefined && (method === 'GET' || method === 'HEAD'))
      complain('body', `${method} sends no body; leave it out, or choose POST or PUT`);
  });
type HttpOptions = z.infer<typeof options>;

const metrics = {
  response_time_ms: {
    title: 'Response time',
    unit: 'milliseconds',
    help: 'From the start of looking up the name to the last byte of the answer, redirects included.',
  },
  status_code: {
    title: 'Status code',
    unit: 'none',
    help: 'The HTTP status of the answer, after redirects. Absent when there was no answer.',
  },
} satisfies Record<string, MetricDefinition>;

/**
 * Fields of the endpoint that are called as one of our own metrics are left out: rules on `status_code` must mean one thing,
 * whatever an endpoint answers.
 */
export const http = defineSource<HttpOptions>({
  kind: 'http',
  title: 'HTTP endpoint',
  description:
    'Asks an address: how long the answer took, its status, and every number in a JSON answer by its place, such as `memory.used` or `disks.0.free`. What is no number is absent, and so are fields that are called as one of the two metrics below.',
  intervalSeconds: 30,
  anyMetric: true,
  options,
  metrics,
  open(chosen, { secret }) {
    return {
      async collect(signal) {
        const { headers } = await resolvedHeaders(chosen.headers, secret);
        const answer = await httpRequest({
          url: chosen.url,
          method: chosen.method,
          headers: withDefaults(headers, {
            Accept: 'application/json, */*;q=0.5',
            ...(chosen.body !== undefined && { 'Content-Type': 'application/json' }),
          }),
          authorization: await authorization(chosen, secret),
          body: chosen.body,
          privateAddresses: 'allowed',
          signal,
        });
        const samples = [
          { metric: 'response_time_ms', labels: {}, value: Math.round(answer.timeMs * 100) / 100 },
          { metric: 'status_code', labels: {}, value: answer.status },
        ];
        const hasFields = answer.status >= 200 && answer.status < 300 && answer.method !== 'HEAD';
        if (!hasFields) return samples;
        try {
          return [...samples, ...numberFields(jsonIn(answer, new URL(chosen.url)), Object.keys(metrics))];
        } catch (thrown) {
          throw thrown instanceof PlimsollError ? new PartialReading(samples, thrown) : thrown;
        }
      },
    };
  },
});

async function authorization(
  { username, password, token }: HttpOptions,
  secret: ResolveSecret,
): Promise<HttpAuthorization | undefined> {
  if (token !== undefined) return { token: await secret(token) };
  if (username === undefined) return undefined;
  return { username, password: password === undefined ? '' : await secret(password) };
}
