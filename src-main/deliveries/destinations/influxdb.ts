import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { answerText, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';
import { linesOf } from '../onward/line-protocol.ts';
import { checkCredentials, complainTo, receiverShape, sendTo, tokenSchema } from '../onward/request.ts';
import { defineSampleDestination, onwardShape } from '../onward/sample-destination.ts';
import type { SampleReceipt } from '../onward/sample-destination.ts';

const nameOf = z.string().min(1).max(500).optional();

const options = z
  .strictObject({
    url: receiverShape.url.meta({
      title: 'Address',
      description: 'Of the server, such as http://influx.example.org:8086; the path is added.',
    }),
    version: z.enum(['1', '2']).default('2').meta({
      title: 'Version',
      description:
        '1 for InfluxDB 1.x (and what speaks its `/write`, such as VictoriaMetrics); 2 for InfluxDB 2 and 3, and its cloud.',
    }),
    database: nameOf.meta({ title: 'Database', description: 'Version 1. It has to be there.' }),
    retentionPolicy: nameOf.meta({
      title: 'Retention policy',
      description: "Version 1. Without it, the database's own.",
      advanced: true,
    }),
    username: nameOf.meta({ title: 'User name', description: 'Version 1, where it wants a login.' }),
    password: secretReferenceSchema
      .optional()
      .meta({ title: 'Password', description: 'Goes with the user name.', secret: true }),
    organisation: nameOf.meta({
      title: 'Organisation',
      description: 'Version 2: its name or its id. InfluxDB 3 needs none.',
    }),
    bucket: nameOf.meta({ title: 'Bucket', description: 'Version 2: its name. It has to be there.' }),
    token: tokenSchema.meta({
      title: 'Token',
      description: 'Version 2: one that may write to the bucket.',
      secret: true,
    }),
    ...onwardShape,
    headers: receiverShape.headers,
    authorityFile: receiverShape.authorityFile,
  })
  .superRefine((given, context) => {
    const complain = complainTo(context);
    checkCredentials(given, complain);
    const [needed, other] =
      given.version === '1' ? (['database', 'bucket'] as const) : (['bucket', 'database'] as const);
    if (given[needed] === undefined)
      complain(needed, `is missing; version ${given.version} writes into a ${needed}`);
    if (given[other] !== undefined)
      complain(other, `has no meaning for version ${given.version}; leave it out`);
  });

export const influxdb = defineSampleDestination<z.infer<typeof options>>({
  kind: 'influxdb',
  title: 'InfluxDB',
  description:
    'Writes samples to InfluxDB 1, 2 or 3 as line protocol: the metric is the measurement, host, source and labels are tags, the number is the field `value`.',
  role: 'samples',
  options,
  everySeconds: 10,
  samplesAtMost: 5000,
  inOrder: false,
  open: (chosen, surroundings) => ({
    async send({ samples }, signal) {
      const { username, password, token, headers, authorityFile } = chosen;
      const answer = await sendTo(
        {
          ...{
            url: writeAddress(chosen),
            scheme: 'Token',
            token,
            username,
            password,
            headers,
            authorityFile,
          },
          defaults: { 'Content-Type': 'text/plain; charset=utf-8' },
          body: linesOf(samples),
        },
        surroundings,
        signal,
      );
      return receiptOf(answer, samples.length);
    },
  }),
});

function writeAddress(chosen: z.infer<typeof options>): string {
  const { url, version, database, retentionPolicy, organisation, bucket } = chosen;
  const address = new URL(url);
  const path = version === '1' ? 'write' : 'api/v2/write';
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/${path}`;
  const asked = { db: database, rp: retentionPolicy, org: organisation, bucket, precision: 'ms' };
  for (const [name, value] of Object.entries(asked))
    if (value !== undefined) address.searchParams.set(name, value);
  return address.href;
}

/**
 * Refusals that concern single points. All others concern the request itself, and no point is dropped because of them.
 */
const aboutPoints =
  /partial write|unable to parse|field type conflict|beyond retention|out of range|line protocol/i;

function receiptOf(answer: PostAnswer, sent: number): SampleReceipt {
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { said: answerText(answer) };
  if (status === 400 || status === 422) {
    if (!aboutPoints.test(text))
      throw new PlimsollError('invalid_settings', refusal(answer, 'Check version and names.').message);
    // Version 1 reports how many points it dropped; it has stored all others.
    const dropped = Number(/partial write:.*dropped=(\d+)/.exec(text)?.[1] ?? 0);
    if (dropped > 0 && dropped <= sent)
      return { said: answerText(answer), rejected: dropped, problem: answerText(answer) };
  }
  if (status === 404)
    throw refusal(answer, 'There is no such database or bucket: make it, or check the version.');
  throw refusal(answer);
}
