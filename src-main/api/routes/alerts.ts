import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { alertContextSchema } from '../../contract/alert-context.ts';
import { alertSchema, alertStateSchema, transitionSchema } from '../../contract/alert.ts';
import { deliverySchema } from '../../contract/delivery.ts';
import { severitySchema } from '../../contract/rule.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { AlertFilter } from '../../monitor/records/alerts-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { streamOf } from '../text-stream.ts';
import { epochMs, wholeNumber } from '../query-fields.ts';

const limit = wholeNumber({ from: 1, to: 1000, otherwise: 100 });

const filter = z.object({
  state: alertStateSchema.optional(),
  severity: severitySchema.optional(),
  rule: z.string().max(64).optional(),
  source: z.string().max(200).optional(),
  host: z.string().max(300).optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
  text: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Words that must all be in its name, its series or its note' }),
  before: epochMs.optional(),
  beforeId: z.string().max(200).optional(),
});

const getAlerts = createRoute({
  method: 'get',
  path: '/alerts',
  summary: 'Alerts, newest first',
  ...needs.read,
  request: {
    query: filter.extend({ limit }),
  },
  responses: {
    200: json(
      z.array(alertSchema),
      'A page; the next has the last `firedAt` as `before` and the last `id` as `beforeId`',
    ),
    ...failures,
  },
});

const exportAlerts = createRoute({
  method: 'get',
  path: '/alerts/export',
  summary: 'Alerts as a file, newest first, with what is known of each',
  ...needs.read,
  request: { query: filter.extend({ format: z.enum(['json', 'csv']) }) },
  responses: {
    200: {
      description:
        'JSON: a list of alerts with transitions, deliveries and contexts. CSV: a line for each; a text that a spreadsheet could take for a formula has an apostrophe in front.',
      content: { 'application/json': { schema: z.unknown() }, 'text/csv': { schema: z.string() } },
    },
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

const unacknowledge = createRoute({
  method: 'delete',
  path: '/alerts/{id}/acknowledge',
  summary: 'Take back that you know of a firing alert: reminders of it go on',
  ...needs.admin,
  request: { params: alertId },
  responses: { 200: json(alertDetailSchema, 'The alert'), ...failures },
});

const snooze = createRoute({
  method: 'post',
  path: '/alerts/{id}/snooze',
  summary: 'Do not mention a firing alert until then; null: until it is over',
  ...needs.admin,
  request: { params: alertId, body: jsonBody(z.strictObject({ until: until.nullable() })) },
  responses: { 200: json(alertDetailSchema, 'The alert'), ...failures },
});

const unsnooze = createRoute({
  method: 'delete',
  path: '/alerts/{id}/snooze',
  summary: 'Take a snooze back: the alert may be mentioned again',
  ...needs.admin,
  request: { params: alertId },
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

const drill = createRoute({
  method: 'post',
  path: '/drill',
  summary:
    'Try the alarm: an alert marked as a drill goes to every enabled destination and is over by itself',
  ...needs.admin,
  responses: { 200: json(alertDetailSchema, 'The alert of the drill that runs now'), ...failures },
});

export function alertRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getAlerts, (c) => {
      const { limit, ...asked } = c.req.valid('query');
      return c.json(monitor.alerts.list({ ...filterOf(asked), limit }), 200);
    })
    .openapi(exportAlerts, async (c) => {
      const { format, ...asked } = c.req.valid('query');
      const pieces = monitor.alerts.export(filterOf(asked), format);
      return c.body(await streamOf(pieces), 200, {
        'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
        'Content-Disposition': `attachment; filename="plimsoll-alerts.${format}"`,
      });
    })
    .openapi(drill, (c) => c.json(monitor.alerts.drill(), 200))
    .openapi(getAlert, (c) => c.json(monitor.alerts.one(c.req.valid('param').id), 200))
    .openapi(acknowledge, (c) =>
      c.json(
        monitor.alerts.acknowledge(
          c.req.valid('param').id,
          c.req.valid('json').note ?? null,
          c.get('caller')?.name ?? null,
        ),
        200,
      ),
    )
    .openapi(unacknowledge, (c) => c.json(monitor.alerts.unacknowledge(c.req.valid('param').id), 200))
    .openapi(snooze, (c) =>
      c.json(
        monitor.alerts.snooze(
          c.req.valid('param').id,
          c.req.valid('json').until,
          c.get('caller')?.name ?? null,
        ),
        200,
      ),
    )
    .openapi(unsnooze, (c) =>
      c.json(monitor.alerts.unsnooze(c.req.valid('param').id, c.get('caller')?.name ?? null), 200),
    )
    .openapi(pause, (c) => {
      monitor.alerts.pause(c.req.valid('json').until);
      return c.body(null, 204);
    });
}

/** The filters in a query. */
type Asked = { [Name in Exclude<keyof AlertFilter, 'limit' | 'ruleId'>]?: AlertFilter[Name] | undefined };

/** Leaves out filters that were not given. */
function filterOf({ rule, ...asked }: Asked & { rule?: string | undefined }): Omit<AlertFilter, 'limit'> {
  const { state, severity, source, host, from, to, text, before, beforeId } = asked;
  return {
    ...(state !== undefined && { state }),
    ...(severity !== undefined && { severity }),
    ...(rule !== undefined && { ruleId: rule }),
    ...(source !== undefined && { source }),
    ...(host !== undefined && { host }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(text !== undefined && { text }),
    ...(before !== undefined && { before }),
    ...(beforeId !== undefined && { beforeId }),
  };
}
