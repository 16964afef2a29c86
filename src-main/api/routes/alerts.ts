import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { alertContextSchema } from '../../contract/alert-context.ts';
import { alertSchema, alertStateSchema, transitionSchema } from '../../contract/alert.ts';
import { deliverySchema } from '../../contract/delivery.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { epochMs, wholeNumber } from '../query-fields.ts';

const limit = wholeNumber({ from: 1, to: 1000, otherwise: 100 });

const getAlerts = createRoute({
  method: 'get',
  path: '/alerts',
  summary: 'Alerts, newest first',
  ...needs.read,
  request: {
    query: z.object({
      state: alertStateSchema.optional(),
      rule: z.string().max(64).optional(),
      before: epochMs.optional(),
      beforeId: z.string().max(200).optional(),
      limit,
    }),
  },
  responses: {
    200: json(
      z.array(alertSchema),
      'A page; the next has the last `firedAt` as `before` and the last `id` as `beforeId`',
    ),
    ...failures,
  },
});

const alertDetailSchema = z
  .object({
    alert: alertSchema,
    transitions: z.array(transitionSchema),
    deliveries: z.array(deliverySchema),
    contexts: z
      .array(alertContextSchema)
      .meta({ description: 'What was going on when it fired and whenever it became critical, oldest first' }),
  })
  .meta({ id: 'AlertDetail' });

const getAlert = createRoute({
  method: 'get',
  path: '/alerts/{id}',
  summary: 'One alert, how it moved, why, and who was told',
  ...needs.read,
  request: { params: z.object({ id: z.string().min(1).max(200) }) },
  responses: { 200: json(alertDetailSchema, 'The alert'), ...failures },
});

const alertId = z.object({ id: z.string().min(1).max(200) });
const until = z.int().min(0).meta({ description: 'Epoch milliseconds, at most 30 days ahead' });

const acknowledge = createRoute({
  method: 'post',
  path: '/alerts/{id}/acknowledge',
  summary: 'Say that you know of a firing alert and take care of it',
  ...needs.admin,
  request: {
    params: alertId,
    body: jsonBody(z.strictObject({ note: z.string().max(2000).optional() })),
  },
  responses: { 200: json(alertDetailSchema, 'The alert'), ...failures },
});

const snooze = createRoute({
  method: 'post',
  path: '/alerts/{id}/snooze',
  summary: 'Do not mention a firing alert until then',
  ...needs.admin,
  request: { params: alertId, body: jsonBody(z.strictObject({ until })) },
  responses: { 200: json(alertDetailSchema, 'The alert'), ...failures },
});

const pause = createRoute({
  method: 'post',
  path: '/pause',
  summary: 'Announce nothing until then, while sampling and recording go on; null ends a pause',
  ...needs.admin,
  request: { body: jsonBody(z.strictObject({ until: until.nullable() })) },
  responses: { 204: { description: 'It is so' }, ...failures },
});

export function alertRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getAlerts, (c) => {
      const { state, rule, before, beforeId, limit } = c.req.valid('query');
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(rule === undefined ? {} : { ruleId: rule }),
        ...(before === undefined ? {} : { before }),
        ...(beforeId === undefined ? {} : { beforeId }),
        limit,
      };
      return c.json(monitor.alerts(filter), 200);
    })
    .openapi(getAlert, (c) => c.json(monitor.alert(c.req.valid('param').id), 200))
    .openapi(acknowledge, (c) =>
      c.json(monitor.acknowledge(c.req.valid('param').id, c.req.valid('json').note ?? null), 200),
    )
    .openapi(snooze, (c) => c.json(monitor.snooze(c.req.valid('param').id, c.req.valid('json').until), 200))
    .openapi(pause, (c) => {
      monitor.pause(c.req.valid('json').until);
      return c.body(null, 204);
    });
}
