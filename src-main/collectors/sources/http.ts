import { z } from 'zod';
import type { HttpAnswer } from '../../base/http/client.ts';
import { placeOf } from '../../base/http/url.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { MetricDefinition } from '../../contract/metric.ts';
import type { Measurement } from '../../contract/sample.ts';
import { roundMs } from '../targets/check-target.ts';
import { askEndpoint, checkEndpoint, endpointShape, hostAsked } from '../targets/endpoint.ts';
import { SentSecrets } from '../targets/sent-secrets.ts';
import { jsonIn } from '../answers/json-answer.ts';
import { numberFields } from '../answers/json-fields.ts';
import { PartialReading } from '../partial-reading.ts';
import { fieldSchema, selectedFields } from '../answers/selected-fields.ts';
import { defineSource } from '../source-kind.ts';

const bodyBytesAtMost = 64 * 1024;

const options = z
  .strictObject({
    ...endpointShape,
    method: z
      .enum(['GET', 'POST', 'PUT', 'HEAD'])
      .default('GET')
      .meta({ title: 'Method', description: 'HEAD asks for status and time only, and reads no fields.' }),
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
    fields: z.array(fieldSchema).min(1).max(100).optional().meta({
      title: 'Fields',
      description:
        'Which numbers of a JSON answer are read: a list of path, name and conversion. Without it, every number found.',
    }),
    expectStatus: z.int().min(100).max(599).optional().meta({
      title: 'Expected status',
      description: 'The metric http_ok is 0 for any other status.',
      advanced: true,
    }),
    expectText: z.string().min(1).max(1000).optional().meta({
      title: 'Expected text',
      description:
        'The metric http_ok is 0 when the answer does not hold this text, as it stands. The answer need not be JSON then, unless fields are chosen.',
    }),
  })
  .superRefine((chosen, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    checkEndpoint(chosen, complain);
    const { method, body, expectText, fields } = chosen;
    if (body !== undefined && (method === 'GET' || method === 'HEAD'))
      complain('body', `${method} sends no body; leave it out, or choose POST or PUT`);
    if (method === 'HEAD' && expectText !== undefined)
      complain('expectText', 'HEAD gets no text; leave it out, or choose GET');
    if (method === 'HEAD' && fields !== undefined)
      complain('fields', 'HEAD gets no fields; leave them out, or choose GET');
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
  response_size_bytes: {
    title: 'Response size',
    unit: 'bytes',
    help: 'Size of the body of the answer, decompressed. Absent when there was no answer, and for HEAD.',
  },
  reachable: {
    title: 'Reachable',
    unit: 'none',
    full: 1,
    help: '1 when there was an answer, whatever its status, 0 when nobody answered. Absent while this machine has no network itself or the name cannot be looked up.',
  },
  http_ok: {
    title: 'As expected',
    unit: 'none',
    full: 1,
    help: '1 when status and text are those that are expected, 0 when not or when nobody answered. Only where one is expected.',
  },
} satisfies Record<string, MetricDefinition>;

/**
 * Fields of the endpoint with the name of one of our own metrics are left out: rules on `status_code` must mean one
 * thing, whatever an endpoint answers.
 */
export const http = defineSource<HttpOptions>({
  kind: 'http',
  title: 'HTTP endpoint',
  description:
    'Asks an address: how long the answer took, its status, and every number in a JSON answer by its place, such as `memory.used` or `disks.0.free`, or those that are chosen. What is no number is absent, and so are fields that are called as one of the metrics below.',
  intervalSeconds: 30,
  example: {
    name: 'shop',
    url: 'https://www.example.org/status',
    token: { env: 'SHOP_TOKEN' },
    expectStatus: 200,
    fields: [
      { path: '$.orders.open', name: 'open orders' },
      { path: '$.disks[0].used', conversion: 'number_from_text' },
    ],
  },
  paths: ['authorityFile'],
  anyMetric: true,
  options,
  metrics,
  asks: ({ url }) => hostAsked(url),
  open(chosen, surroundings) {
    return {
      async collect(signal, deadlineMs) {
        const { method, body } = chosen;
        const sent = new SentSecrets(chosen.url, surroundings.secret);
        const answer = await askEndpoint(
          chosen,
          sent.resolve,
          { method, body, signal },
          {
            defaults: {
              Accept: 'application/json, */*;q=0.5',
              ...(body !== undefined && { 'Content-Type': 'application/json' }),
            },
            deadlineMs,
            unanswered: isExpecting(chosen) ? [{ metric: 'http_ok', labels: {}, value: 0 }] : [],
          },
        );
        const samples = measured(answer, chosen);
        const hasFields = answer.status >= 200 && answer.status < 300 && answer.method !== 'HEAD';
        const wantsFields = chosen.fields !== undefined || chosen.expectText === undefined;
        if (!hasFields || !wantsFields) return samples;
        try {
          return sent.strikeOut([...samples, ...fieldsOf(answer, chosen, samples)], metrics);
        } catch (thrown) {
          if (!(thrown instanceof PlimsollError)) throw thrown;
          if (!(thrown instanceof PartialReading)) throw new PartialReading(samples, thrown);
          throw new PartialReading(sent.strikeOut(thrown.samples, metrics), thrown);
        }
      },
    };
  },
});

function isExpecting({ expectStatus, expectText }: HttpOptions): boolean {
  return expectStatus !== undefined || expectText !== undefined;
}

function measured(answer: HttpAnswer, chosen: HttpOptions): Measurement[] {
  const { expectStatus, expectText } = chosen;
  const isExpected =
    (expectStatus === undefined || answer.status === expectStatus) &&
    (expectText === undefined || Buffer.from(answer.body).includes(expectText));
  const values = {
    reachable: 1,
    response_time_ms: roundMs(answer.timeMs),
    status_code: answer.status,
    response_size_bytes: answer.method === 'HEAD' ? undefined : answer.body.byteLength,
    http_ok: isExpecting(chosen) ? (isExpected ? 1 : 0) : undefined,
  };
  return Object.entries(values).flatMap(([metric, value]) =>
    value === undefined ? [] : [{ metric, labels: {}, value }],
  );
}

/** Throws if the answer is not JSON, and a `PartialReading` if a selected path has no number. */
function fieldsOf(answer: HttpAnswer, { url, fields }: HttpOptions, samples: Measurement[]): Measurement[] {
  const value = jsonIn(answer, new URL(url));
  const taken = Object.keys(metrics);
  if (fields === undefined) return numberFields(value, taken);
  const selected = selectedFields(value, fields, taken);
  const [first] = selected.missing;
  if (first === undefined) return selected.samples;
  const others = selected.missing.length === 1 ? '' : ` So it is with ${selected.missing.length - 1} more.`;
  throw new PartialReading(
    [...samples, ...selected.samples],
    new PlimsollError(
      'unreadable',
      `${placeOf(answer.url)} has no number at ${first}. Check the path, or declare a conversion.${others}`,
    ),
  );
}
