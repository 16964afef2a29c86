import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { freeId } from '../../base/free-name.ts';
import type { Alert } from '../../contract/alert.ts';
import type { DowntimeView } from '../../contract/downtime.ts';
import { PlimsollError } from '../../contract/error.ts';
import { hostNameSchema } from '../../contract/ingest.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { wholeNumber } from '../query-fields.ts';
import { changeRules, completed } from '../rule-changes.ts';
import type { Doorway } from './acceptance.ts';
import { isoText, momentSchema } from './moment.ts';
import { sourceOf } from './named-metrics.ts';

/** Rules that this door made, and changes. */
const ownRules = 'alert-config-';
/** Alerts that are listed, or looked through, at once. */
const latestAlerts = 1000;
/** How old clients write that every host is meant. */
const everyHost = '*';

const comparisons = {
  greater_than: 'greater_than',
  above: 'greater_than',
  '>': 'greater_than',
  less_than: 'less_than',
  below: 'less_than',
  '<': 'less_than',
  equals: 'equals',
  '==': 'equals',
  '>=': 'greater_or_equal',
  '<=': 'less_or_equal',
  '!=': 'not_equals',
} as const;

const seconds = { s: 1, m: 60, h: 3600 } as const;
const duration = z
  .union([z.number(), z.string().regex(/^\d{1,7}[smh]?$/, 'must be seconds, or such as 5m')])
  .transform((written) => {
    if (typeof written === 'number') return Math.round(written);
    const unit = /[smh]$/.exec(written)?.[0] as keyof typeof seconds | undefined;
    return Number.parseInt(written, 10) * seconds[unit ?? 's'];
  })
  .openapi({ type: ['number', 'string'] });

const hostOrAll = z.union([z.literal(everyHost), hostNameSchema]);

const postConfig = createRoute({
  method: 'post',
  path: '/alert_config',
  summary: 'Monitoring server: make the rule for a metric of a host, or change it',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .object({
          hostname: hostOrAll,
          metric_name: z.string().min(1).max(200),
          threshold_type: z.enum(Object.keys(comparisons) as [keyof typeof comparisons]),
          threshold_value: z.number(),
          consecutive_violations: z.int().min(1).max(10_000).nullish(),
          for: duration.nullish(),
        })
        .meta({ id: 'OldAlertConfig' }),
    ),
  },
  responses: {
    200: json(z.object({ status: z.literal('ok'), created: z.boolean(), rule: ruleSchema }), 'The rule'),
    ...failures,
  },
});

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

const oldDowntimeSchema = z
  .object({
    id: z.string(),
    hostname: z.string(),
    start_time: z.string().nullable(),
    end_time: z.string().nullable(),
    reason: z.string(),
    state: z.string(),
  })
  .meta({ id: 'OldDowntime' });

const getDowntimes = createRoute({
  method: 'get',
  path: '/downtime',
  summary: 'Monitoring server: all downtimes; of one that recurs, the time that it is in or that comes next',
  ...needs.read,
  ...anonymousMay,
  responses: { 200: json(z.array(oldDowntimeSchema), 'The downtimes'), ...failures },
});

const postDowntime = createRoute({
  method: 'post',
  path: '/downtime',
  summary: 'Monitoring server: plan a downtime of a host, or of all',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .object({
          hostname: hostOrAll,
          start_time: momentSchema,
          end_time: momentSchema,
          reason: z.string().max(200).nullish(),
        })
        .meta({ id: 'OldDowntimePlan' }),
    ),
  },
  responses: { 200: json(oldDowntimeSchema, 'The downtime'), ...failures },
});

const aggregateSchema = z
  .object({
    status: z.literal('ok'),
    from: z.string(),
    to: z.string(),
    hosts: z.number(),
    series: z.number(),
    metrics: z.record(z.string(), z.object({ series: z.number(), min: z.number(), max: z.number() })),
  })
  .meta({ id: 'OldAggregate' });

const postAggregate = createRoute({
  method: 'post',
  path: '/aggregate',
  summary: 'Monitoring server: what hosts sent in a stretch of time, counted by metric',
  description:
    'Plimsoll rolls up what is old by itself; this only looks. Without `from` it is the day before `to`, without `to` it is now. One runs at a time: others are told 429.',
  ...needs.admin,
  request: {
    body: {
      required: false,
      content: {
        'application/json': {
          schema: z
            .object({ from: momentSchema.nullish(), to: momentSchema.nullish() })
            .meta({ id: 'OldAggregateStretch' }),
        },
      },
    },
  },
  responses: { 200: json(aggregateSchema, 'The counts'), ...failures },
});

/** The routes by which people told the monitoring server of alerts and downtimes, and asked for them. */
export function serverAlertRoutes({ monitor }: Doorway, clock: { now(): number }) {
  const { downtimes } = monitor;
  /** Each change names the revision that it was made on, so they are made one after the other. */
  let lastChange: Promise<unknown> = Promise.resolve();
  let isAggregating = false;
  return new OpenAPIHono<ApiEnv>()
    .openapi(postConfig, async (c) => {
      const sent = c.req.valid('json');
      const config = {
        hostname: sent.hostname,
        metric: sent.metric_name,
        comparison: comparisons[sent.threshold_type],
        threshold: sent.threshold_value,
        ...(typeof sent.consecutive_violations === 'number' && {
          consecutiveViolations: sent.consecutive_violations,
        }),
        ...(typeof sent.for === 'number' && { forSeconds: sent.for }),
      };
      const change = lastChange.then(() => putRule(monitor, config));
      lastChange = change.catch(() => undefined);
      return c.json({ status: 'ok' as const, ...(await change) }, 200);
    })
    .openapi(postState, (c) => {
      const { id, hostname, metric_name, state, until, note } = c.req.valid('json');
      const ids = typeof id === 'string' ? [id] : firingIds(monitor, hostname ?? '', metric_name ?? '');
      const alerts = ids.map((one) => {
        const detail =
          state === 'acknowledged'
            ? monitor.alerts.acknowledge(one, note ?? null, callerName(c))
            : monitor.alerts.snooze(one, state === 'resolved' ? null : (until?.at ?? null));
        return oldAlert(detail.alert);
      });
      return c.json({ status: 'ok' as const, alerts }, 200);
    })
    .openapi(getAlerts, (c) =>
      c.json(monitor.alerts.list({ limit: c.req.valid('query').limit }).map(oldAlert), 200),
    )
    .openapi(getDowntimes, (c) => c.json(downtimes.list().map(oldDowntime), 200))
    .openapi(postDowntime, async (c) => {
      const { hostname, start_time, end_time, reason } = c.req.valid('json');
      const named = reason?.trim() ?? '';
      const view = await downtimes.add({
        name: named === '' ? 'Downtime' : named,
        enabled: true,
        ...(hostname !== everyHost && { hosts: [hostname] }),
        from: start_time.at,
        to: end_time.at,
      });
      return c.json(oldDowntime(view), 200);
    })
    .openapi(postAggregate, async (c) => {
      if (isAggregating)
        throw new PlimsollError('too_many_requests', 'This is being counted already; wait for that to end.', {
          retryAfterMs: 5000,
        });
      isAggregating = true;
      try {
        const { from, to } = c.req.valid('json');
        const end = to?.at ?? clock.now();
        const counted = await aggregate(monitor, from?.at ?? end - 86_400_000, end, c.req.raw.signal);
        return c.json(counted, 200);
      } finally {
        isAggregating = false;
      }
    });
}

function callerName(c: Context<ApiEnv>): string | null {
  return c.get('caller')?.name ?? null;
}

interface Config {
  hostname: string;
  metric: string;
  comparison: Rule['comparison'];
  threshold: number;
  consecutiveViolations?: number;
  forSeconds?: number;
}

async function putRule(
  monitor: MonitorApi,
  { hostname, metric, ...judged }: Config,
): Promise<{ created: boolean; rule: Rule }> {
  const { settings, revision } = monitor.settings.view();
  const { rules } = settings;
  const isSame = (rule: Rule) =>
    rule.id.startsWith(ownRules) &&
    rule.metric === metric &&
    rule.comparison === judged.comparison &&
    rule.hosts?.join('\n') === hostname;
  const found = rules.findIndex(isSame);
  const at = found === -1 ? rules.length : found;
  const isForAll = hostname === everyHost;
  const name = `${metric} on ${isForAll ? 'every host' : hostname}`;
  const made = {
    id: freeId(`${ownRules}${isForAll ? 'all' : hostname}-${metric}`, 'rule', (id) =>
      rules.some((rule) => rule.id === id),
    ),
    name: name.slice(0, 190),
    source: sourceOf(monitor, isForAll ? null : hostname, metric),
    metric,
    // Who names hosts may name a source that only they have.
    hosts: [hostname],
  };
  const rule = found === -1 ? completed({ ...made, ...judged }, rules) : { ...rules[found], ...judged };
  const changed = await changeRules(
    monitor,
    rules.toSpliced(at, found === -1 ? 0 : 1, rule as Rule),
    at,
    revision,
  );
  const stored = changed.settings.rules[at];
  if (stored === undefined) throw new Error('a rule that was stored is not there');
  return { created: found === -1, rule: stored };
}

function firingIds(monitor: MonitorApi, hostname: string, metric: string): string[] {
  const ids = monitor.alerts
    .list({ state: 'firing', host: hostname, limit: latestAlerts })
    .flatMap(({ id, series }) => (series.metric === metric ? [id] : []));
  if (ids.length > 0) return ids;
  throw new PlimsollError(
    'not_found',
    `No alert of ${JSON.stringify(metric)} on ${JSON.stringify(hostname)} is firing.`,
  );
}

function oldAlert(alert: Alert): z.infer<typeof oldAlertSchema> {
  const { id, series, ruleName, severity, lastValue, threshold, firedAt, resolvedAt, note } = alert;
  const isSnoozed = alert.snoozedUntil !== null || alert.snoozedUntilResolved === true;
  const known = alert.acknowledgedAt !== null ? 'acknowledged' : isSnoozed ? 'snoozed' : 'firing';
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
    note,
  };
}

function oldDowntime({ downtime, active, next, state }: DowntimeView): z.infer<typeof oldDowntimeSchema> {
  const { id, name, hosts, from, to } = downtime;
  const [coming] = next;
  const start = from ?? active?.from ?? coming?.from;
  const end = to ?? active?.to ?? coming?.to;
  return {
    id,
    hostname: hosts?.join(', ') ?? everyHost,
    start_time: start === undefined ? null : isoText(start),
    end_time: end === undefined ? null : isoText(end),
    reason: name,
    state,
  };
}

/** Looks at one series after the other, so that what is sent meanwhile is stored as fast as ever. */
async function aggregate(
  monitor: MonitorApi,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<z.infer<typeof aggregateSchema>> {
  if (from >= to)
    throw new PlimsollError('invalid_request', 'the request has no stretch of time: from must be before to', {
      problems: [{ path: 'from', message: 'must be before to' }],
    });
  const metrics = new Map<string, { series: number; min: number; max: number }>();
  const hosts = new Set<string>();
  let series = 0;
  for (const { host } of monitor.hosts.list()) {
    for (const { source, metric, labels } of monitor.hosts.detail(host).latest) {
      // Whoever hung up is told nothing, and nobody else has to wait for it.
      if (signal.aborted) throw new PlimsollError('deadline', 'Nobody waits for the counts any more.');
      const stretch = await monitor.history.range({ host, source, metric, labels, from, to, points: 1 });
      if (stretch.at.length === 0) continue;
      series++;
      hosts.add(host);
      const {
        series: others,
        min,
        max,
      } = metrics.get(metric) ?? { series: 0, min: Infinity, max: -Infinity };
      metrics.set(metric, {
        series: others + 1,
        min: stretch.min.reduce((least, value) => Math.min(least, value), min),
        max: stretch.max.reduce((most, value) => Math.max(most, value), max),
      });
    }
  }
  return {
    status: 'ok',
    from: isoText(from),
    to: isoText(to),
    hosts: hosts.size,
    series,
    metrics: Object.fromEntries(metrics),
  };
}
