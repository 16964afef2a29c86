import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Alert } from '../../contract/alert.ts';
import { PlimsollError } from '../../contract/error.ts';
import { hostNameSchema } from '../../contract/ingest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { wholeNumber } from '../query-fields.ts';
import { isoText, momentSchema } from './moment.ts';

/** Most alerts to list or search in one request. */
const latestAlerts = 1000;

const oldAlertSchema = z
  .object({
    id: z.string(),
    hostname: z.string(),
    metric_name: z.string(),
    rule: z.string(),
    severity: z.string(),
    state: z.enum(['firing', 'acknowledged', 'snoozed', 'resolved']),
    value: z.number().nullable(),
    threshold_value: z.number().nullable(),
    fired_at: z.string(),
    resolved_at: z.string().nullable(),
    /** End of the snooze; null if it is not snoozed, or is snoozed until it resolves. */
    until: z.string().nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'OldAlert' });

const postState = createRoute({
  method: 'post',
  path: '/alert_state',
  summary: 'Monitoring server: say that a firing alert is known, or is not to be mentioned',
  description:
    'What fires is over when its values say so. `resolved` therefore means that it is not mentioned until then.',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .object({
          id: z.string().min(1).max(200).nullish(),
          hostname: hostNameSchema.nullish(),
          metric_name: z.string().min(1).max(200).nullish(),
          state: z.enum(['acknowledged', 'resolved', 'snoozed']),
          until: momentSchema.nullish(),
          note: z.string().max(2000).nullish(),
        })
        .refine(
          ({ id, hostname, metric_name }) => Boolean(id) || (Boolean(hostname) && Boolean(metric_name)),
          {
            path: ['id'],
            message: 'is missing; send it, or hostname and metric_name',
          },
        )
        .meta({ id: 'OldAlertState' }),
    ),
  },
  responses: {
    200: json(z.object({ status: z.literal('ok'), alerts: z.array(oldAlertSchema) }), 'As they are now'),
    ...failures,
  },
});

const getAlerts = createRoute({
  method: 'get',
  path: '/fetch/recent_alerts',
  summary: 'Monitoring server: the last alerts, newest first',
  ...needs.read,
  ...anonymousMay,
  request: { query: z.object({ limit: wholeNumber({ from: 1, to: latestAlerts, otherwise: 100 }) }) },
  responses: { 200: json(z.array(oldAlertSchema), 'The alerts'), ...failures },
});

/** The monitoring server's routes for setting and querying the state of alerts. */
export function serverAlertRoutes({ alerts: desk }: Pick<MonitorApi, 'alerts'>) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(postState, (c) => {
      const { id, hostname, metric_name, state, until, note } = c.req.valid('json');
      const ids = typeof id === 'string' ? [id] : firingIds(desk, hostname ?? '', metric_name ?? '');
      const alerts = ids.map((one) => {
        const detail =
          state === 'acknowledged'
            ? desk.acknowledge(one, note ?? null, callerName(c))
            : desk.snooze(one, state === 'resolved' ? null : (until?.at ?? null), callerName(c));
        const now = oldAlert(detail.alert);
        return state === 'acknowledged' && now.state === 'snoozed' ? { ...now, state } : now;
      });
      return c.json({ status: 'ok' as const, alerts }, 200);
    })
    .openapi(getAlerts, (c) => c.json(desk.list({ limit: c.req.valid('query').limit }).map(oldAlert), 200));
}

function callerName(c: Context<ApiEnv>): string | null {
  return c.get('caller')?.name ?? null;
}

function firingIds(alerts: MonitorApi['alerts'], hostname: string, metric: string): string[] {
  const ids = alerts
    .list({ state: 'firing', host: hostname, limit: latestAlerts })
    .flatMap(({ id, series }) => (series.metric === metric ? [id] : []));
  if (ids.length > 0) return ids;
  throw new PlimsollError(
    'not_found',
    `No alert of ${JSON.stringify(metric)} on ${JSON.stringify(hostname)} is firing.`,
  );
}

function oldAlert(alert: Alert): z.infer<typeof oldAlertSchema> {
  const { id, series, ruleName, severity, lastValue, threshold, firedAt, resolvedAt, note, snoozedUntil } =
    alert;
  const isSnoozed = snoozedUntil !== null || alert.snoozedUntilResolved === true;
  // If an acknowledged alert is snoozed, clients expect to read `snoozed`.
  const known = isSnoozed ? 'snoozed' : alert.acknowledgedAt !== null ? 'acknowledged' : 'firing';
  return {
    id,
    hostname: series.host,
    metric_name: series.metric,
    rule: ruleName,
    severity,
    state: alert.state === 'resolved' ? 'resolved' : known,
    value: lastValue,
    threshold_value: threshold,
    fired_at: isoText(firedAt),
    resolved_at: resolvedAt === null ? null : isoText(resolvedAt),
    until: snoozedUntil === null ? null : isoText(snoozedUntil),
    note,
  };
}
