import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { decimalIn } from '../../base/decimal.ts';
import { PlimsollError } from '../../contract/error.ts';
import { exactNumberSchema } from '../../contract/fields.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

/** The same as the limit of a source. */
const METRICS_AT_MOST = 500;

const BODY_BYTES = 64 * 1024;

const NOT_DECIMAL = 'must be a decimal number such as 23.1, without a unit';

const numberText = z
  .string()
  .transform((text, context) => {
    const value = decimalIn(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: NOT_DECIMAL });
    return z.NEVER;
  })
  .openapi({ type: 'number', description: 'A number, with a point where it has decimals' });

const metricName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must not contain control or direction characters');

const unit = z
  .string()
  .max(32)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must not contain control or direction characters')
  .optional()
  .openapi({
    description:
      'What the numbers count: C, %, s, ms, B, B/s and the like are shown as everywhere, any other text stands behind the number.',
  });

const pushedSchema = z
  .object({
    value: exactNumberSchema.optional(),
    metrics: z
      .record(metricName, exactNumberSchema)
      .refine(
        (metrics) => Object.keys(metrics).length <= METRICS_AT_MOST,
        `at most ${METRICS_AT_MOST} at once`,
      )
      .optional(),
    unit,
  })
  .meta({ id: 'Pushed' });

const postPush = createRoute({
  method: 'post',
  path: '/push/{name}',
  summary: 'Send numbers to a source of kind push, or a sign of life to one of kind heartbeat',
  description:
    '`?value=23.1`, a text body that is a number, or a JSON body with `value` or `metrics`: one of them. A heartbeat needs none. Unknown fields of a body are tolerated; an unknown parameter is refused, because a number that was misspelled there would be lost.',
  ...needs.ingest,
  'x-body-bytes': BODY_BYTES,
  request: {
    params: z.object({ name: z.string().min(1).max(200) }),
    query: z.strictObject({ value: numberText.optional(), unit }),
    body: {
      required: false,
      content: {
        'application/json': { schema: pushedSchema },
        'text/plain': { schema: z.string().openapi({ example: '23.1' }) },
      },
    },
  },
  responses: {
    200: json(z.object({ accepted: z.number() }), 'How many numbers were taken; 0 for a heartbeat'),
    ...failures,
  },
});

/** Parses a plain-text body. One line end is allowed, because programs end their output with it. */
function numberOf(body: string): number {
  const value = decimalIn(body.replace(/\r?\n$/, ''));
  if (value === undefined)
    throw new PlimsollError('invalid_request', `the request's body ${NOT_DECIMAL}`, {
      problems: [{ path: '', message: NOT_DECIMAL }],
    });
  return value;
}

/** Converts -0 to 0, because comparisons and storage do not keep its sign. */
function plainZero(value: number): number {
  return value === 0 ? 0 : value;
}

export function pushRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>().openapi(postPush, async (c) => {
    const { name } = c.req.valid('param');
    const { value: asked, unit: askedUnit } = c.req.valid('query');
    const sent = c.req.valid('json');
    // The typed body is JSON only. A text body skips its validation and appears as an empty object.
    const { value, metrics = {}, unit: sentUnit } = typeof sent === 'string' ? {} : sent;
    const isText = c.req.header('content-type')?.toLowerCase().startsWith('text/') === true;
    const text = isText ? await c.req.text() : '';
    const values = new Map(Object.entries(metrics).map(([metric, number]) => [metric, plainZero(number)]));
    const single = [asked, value, text === '' ? undefined : numberOf(text)].filter(
      (one) => one !== undefined,
    );
    if (single.length > 1 || (single.length > 0 && values.has('value')))
      throw new PlimsollError('invalid_request', '`value` was sent twice; leave one out');
    for (const one of single) values.set('value', plainZero(one));
    const unit = askedUnit ?? sentUnit;
    monitor.push(name, values, unit);
    return c.json({ accepted: values.size }, 200);
  });
}
