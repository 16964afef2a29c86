import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { PlimsollError } from '../../contract/error.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { isoText, momentSchema } from './moment.ts';

const dayMs = 86_400_000;

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

/** The monitoring server's route for aggregating old data. */
export function serverAggregateRoutes(
  monitor: Pick<MonitorApi, 'hosts' | 'history'>,
  clock: { now(): number },
) {
  let isAggregating = false;
  return new OpenAPIHono<ApiEnv>().openapi(postAggregate, async (c) => {
    if (isAggregating)
      throw new PlimsollError('too_many_requests', 'This is being counted already; wait for that to end.', {
        retryAfterMs: 5000,
      });
    isAggregating = true;
    try {
      const { from, to } = c.req.valid('json');
      const end = to?.at ?? clock.now();
      const counted = await aggregate(monitor, from?.at ?? end - dayMs, end, c.req.raw.signal);
      return c.json(counted, 200);
    } finally {
      isAggregating = false;
    }
  });
}

/** Processes one series after the other, so that incoming samples are stored without delay meanwhile. */
async function aggregate(
  monitor: Pick<MonitorApi, 'hosts' | 'history'>,
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
      // Stops if the client has disconnected, so that no work is done for nobody.
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
