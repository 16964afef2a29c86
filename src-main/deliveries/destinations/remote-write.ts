import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { answerText, refusal } from '../http-post.ts';
import { checkCredentials, complainTo, receiverShape, sendTo, tokenSchema } from '../onward/request.ts';
import { defineSampleDestination, onwardShape } from '../onward/sample-destination.ts';
import { snappyBlock } from '../onward/snappy.ts';
import { writeRequestOf } from '../onward/write-request.ts';

const options = z
  .strictObject({
    url: receiverShape.url.meta({
      title: 'Address',
      description:
        'The whole address for remote write, such as http://prometheus.example.org:9090/api/v1/write. Prometheus itself takes it when it is started with --web.enable-remote-write-receiver.',
    }),
    token: tokenSchema.meta({
      title: 'Token',
      description: 'Sent as `Authorization: Bearer …`.',
      secret: true,
    }),
    username: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .meta({ title: 'User name', description: 'In place of a token.' }),
    password: secretReferenceSchema
      .optional()
      .meta({ title: 'Password', description: 'Goes with the user name.', secret: true }),
    ...onwardShape,
    headers: receiverShape.headers,
    authorityFile: receiverShape.authorityFile,
  })
  .superRefine((given, context) => checkCredentials(given, complainTo(context)));

export const remoteWrite = defineSampleDestination<z.infer<typeof options>>({
  kind: 'remote-write',
  title: 'Prometheus remote write',
  description:
    'Writes samples to Prometheus, Mimir, Thanos, VictoriaMetrics and whatever else takes remote write 1.0, as `plimsoll_` and the metric, with the labels `host` and `source`.',
  role: 'samples',
  options,
  everySeconds: 10,
  samplesAtMost: 2000,
  // Prometheus refuses samples older than its latest of a series.
  inOrder: true,
  open: ({ url, token, username, password, headers, authorityFile }, surroundings) => ({
    async send({ samples }, signal) {
      const answer = await sendTo(
        {
          ...{ url, token, username, password, headers, authorityFile },
          defaults: {
            'Content-Type': 'application/x-protobuf',
            'Content-Encoding': 'snappy',
            'X-Prometheus-Remote-Write-Version': '0.1.0',
          },
          body: snappyBlock(writeRequestOf(samples)),
        },
        surroundings,
        signal,
      );
      if (answer.status >= 200 && answer.status < 300) return { said: answerText(answer) };
      if (answer.status === 404)
        throw refusal(answer, 'Check the path; Prometheus itself wants --web.enable-remote-write-receiver.');
      // In the protocol, 400 means that these samples will never be accepted. A body that could not be decoded is
      // another matter.
      if (answer.status === 400 && /snappy|unmarshal|decod|proto/i.test(answer.text))
        throw new PlimsollError('unsupported', refusal(answer, 'Does it speak remote write 1.0?').message);
      throw refusal(answer);
    },
  }),
});
