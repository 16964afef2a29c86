import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { downtimeViewSchema, pastOccurrenceSchema } from '../../contract/downtime.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { epochMs } from '../query-fields.ts';
import { sentDowntimeSchema } from '../settings-shape.ts';

const params = z.object({ id: z.string().min(1).max(200) });

const getDowntimes = createRoute({
  method: 'get',
  path: '/downtimes',
  summary: 'All downtimes, active ones first, each with the next five times that it comes',
  ...needs.read,
  responses: { 200: json(z.array(downtimeViewSchema), 'The downtimes'), ...failures },
});

const getOccurrences = createRoute({
  method: 'get',
  path: '/downtimes/occurrences',
  summary: 'When downtimes, as they are planned now, are between two times',
  description: 'At most 200 of each, the first ones; `more` says that there are more.',
  ...needs.read,
  request: {
    query: z
      .object({ from: epochMs, to: epochMs })
      .refine((asked) => asked.from < asked.to, { path: ['from'], message: 'must be before `to`' }),
  },
  responses: {
    200: json(
      z.object({ occurrences: z.array(pastOccurrenceSchema), more: z.boolean() }),
      'Oldest first; one that holds `from` began before',
    ),
    ...failures,
  },
});

const postDowntime = createRoute({
  method: 'post',
  path: '/downtimes',
  summary: 'Add a downtime',
  description:
    'Without an id it gets one made from its name. With the origin `settings` it is written in the settings, as one that was removed there is put back.',
  ...needs.admin,
  request: {
    body: jsonBody(
      z.strictObject({
        downtime: sentDowntimeSchema,
        origin: downtimeViewSchema.shape.origin.optional(),
      }),
    ),
  },
  responses: { 201: json(downtimeViewSchema, 'The downtime as it was stored'), ...failures },
});

const putDowntime = createRoute({
  method: 'put',
  path: '/downtimes/{id}',
  summary: 'Replace a downtime where it is kept; its id stays',
  ...needs.admin,
  request: { params, body: jsonBody(z.strictObject({ downtime: sentDowntimeSchema })) },
  responses: { 200: json(downtimeViewSchema, 'The downtime as it was stored'), ...failures },
});

const deleteDowntime = createRoute({
  method: 'delete',
  path: '/downtimes/{id}',
  summary: 'Remove a downtime; what it held is announced if it still fires',
  ...needs.admin,
  request: { params },
  responses: { 204: { description: 'Removed' }, ...failures },
});

const endDowntime = createRoute({
  method: 'post',
  path: '/downtimes/{id}/end',
  summary: 'End the occurrence that is going on; what recurs comes again',
  ...needs.admin,
  request: { params },
  responses: { 200: json(downtimeViewSchema, 'The downtime as it is now'), ...failures },
});

/** A draft is incomplete most of the time, so its problems are part of the answer and not an error. */
const previewSchema = z
  .object({
    /** Null if there are problems. */
    view: downtimeViewSchema.nullable(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })),
  })
  .meta({ id: 'DowntimePreview' });

const previewDowntime = createRoute({
  method: 'post',
  path: '/downtimes/preview',
  summary: 'How a downtime would stand, with the next five times that it would come; nothing is stored',
  ...needs.admin,
  request: { body: jsonBody(z.strictObject({ downtime: sentDowntimeSchema })) },
  responses: { 200: json(previewSchema, 'How it would stand, or what is wrong with it'), ...failures },
});

function previewOf(monitor: MonitorApi, downtime: unknown): z.infer<typeof previewSchema> {
  try {
    return { view: monitor.downtimes.preview(downtime), problems: [] };
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'invalid_settings') throw thrown;
    return { view: null, problems: thrown.problems.map(({ path, message }) => ({ path, message })) };
  }
}

export function downtimeRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getDowntimes, (c) => c.json(monitor.downtimes.list(), 200))
    .openapi(getOccurrences, (c) => {
      const { from, to } = c.req.valid('query');
      return c.json(monitor.downtimes.occurrences(from, to), 200);
    })
    .openapi(previewDowntime, (c) => c.json(previewOf(monitor, c.req.valid('json').downtime), 200))
    .openapi(postDowntime, async (c) => {
      const { downtime, origin } = c.req.valid('json');
      return c.json(await monitor.downtimes.add(downtime, origin), 201);
    })
    .openapi(putDowntime, async (c) =>
      c.json(await monitor.downtimes.change(c.req.valid('param').id, c.req.valid('json').downtime), 200),
    )
    .openapi(endDowntime, (c) => c.json(monitor.downtimes.end(c.req.valid('param').id), 200))
    .openapi(deleteDowntime, async (c) => {
      await monitor.downtimes.remove(c.req.valid('param').id);
      return c.body(null, 204);
    });
}
