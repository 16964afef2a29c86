import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import { hostNameSchema } from '../../contract/ingest.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { wholeNumber } from '../query-fields.ts';
import { allMachines, machineNamed } from './all-machines.ts';
import { acceptanceSchema, acceptPost, nothingToStore } from './acceptance.ts';
import type { Doorway } from './acceptance.ts';
import { lastSamples, samplesAtMost } from './last-samples.ts';
import { timeOf } from './machine-post.ts';
import { isoText, momentSchema } from './moment.ts';
import { newestOf, scriptsSource, seriesOf } from './named-metrics.ts';
import { Reader } from './reader.ts';
import type { Read } from './reader.ts';

const longestName = 200;
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const postMetrics = createRoute({
  method: 'post',
  path: '/metrics',
  summary: 'Monitoring server: a client sends what its scripts returned',
  ...needs.ingest,
  ...anonymousMay,
  request: {
    body: jsonBody(
      z
        .object({
          hostname: hostNameSchema,
          timestamp: momentSchema.nullish(),
          metrics: z.record(z.string(), z.unknown()).openapi({
            description:
              'A number by name, or an object of numbers by name; what is neither is not stored and said',
          }),
        })
        .meta({ id: 'OldMetrics' }),
    ),
  },
  responses: { 200: json(acceptanceSchema, 'Stored'), ...failures },
});

const valueSchema = z.object({ value: z.number(), timestamp: z.string() });

const getLatest = createRoute({
  method: 'get',
  path: '/fetch/latest',
  summary: 'Monitoring server: the newest of every metric, by host and name',
  ...needs.read,
  ...anonymousMay,
  responses: {
    200: json(z.record(z.string(), z.record(z.string(), valueSchema)), 'Host → metric → value and time'),
    ...failures,
  },
});

const getHosts = createRoute({
  method: 'get',
  path: '/fetch/hosts',
  summary: 'Monitoring server: the names of all hosts',
  ...needs.read,
  ...anonymousMay,
  responses: { 200: json(z.array(z.string()), 'The names'), ...failures },
});

const getHistory = createRoute({
  method: 'get',
  path: '/fetch/history/{hostname}/{metric}',
  summary: 'Monitoring server: the last values of one metric, oldest first',
  ...needs.read,
  ...anonymousMay,
  request: {
    params: z.object({ hostname: z.string().min(1).max(300), metric: z.string().min(1).max(1000) }),
    query: z.object({ limit: wholeNumber({ from: 1, to: samplesAtMost, otherwise: 100 }) }),
  },
  responses: { 200: json(z.array(valueSchema), 'As far back as samples themselves are kept'), ...failures },
});

/** The monitoring server's routes for sending samples and for querying values. */
export function monitoringServerRoutes(doorway: Doorway, clock: Clock) {
  const { monitor } = doorway;
  const { hosts } = monitor;
  return new OpenAPIHono<ApiEnv>()
    .openapi(postMetrics, async (c) => {
      const { hostname, timestamp, metrics } = c.req.valid('json');
      const { at, warnings } = timeOf(timestamp, monitor.receiving.assumedZone(hostname), clock.now());
      const { samples, problems } = readMetrics(metrics, at);
      if (samples.length === 0) nothingToStore('metrics', problems);
      return c.json(await acceptPost(c, doorway, { host: hostname, samples, problems, warnings }), 200);
    })
    .openapi(getLatest, (c) => {
      const values: Record<string, Record<string, z.infer<typeof valueSchema>>> = {};
      for (const { host, latest } of allMachines({ hosts, status: monitor.status() })) {
        const newest = newestOf(latest);
        values[host] = Object.fromEntries(
          Array.from(newest, ([name, { value, at }]) => [name, { value, timestamp: isoText(at) }] as const),
        );
      }
      return c.json(values, 200);
    })
    .openapi(getHosts, (c) =>
      c.json(
        allMachines({ hosts, status: monitor.status() })
          .map(({ host }) => host)
          .sort(),
        200,
      ),
    )
    .openapi(getHistory, async (c) => {
      const { hostname, metric } = c.req.valid('param');
      const { limit } = c.req.valid('query');
      const detail = machineNamed({ hosts, status: monitor.status() }, hostname);
      const series = seriesOf(detail, metric);
      const found = await lastSamples(monitor.history, series, {
        newestAt: series.at,
        everyMs: detail.intervalSeconds * 1000,
        limit,
      });
      return c.json(
        found.map(({ at, value }) => ({ value, timestamp: isoText(at) })),
        200,
      );
    });
}

/**
 * Samples from the results of scripts; a dictionary becomes one sample per number, named `script.key`. Null means that
 * the client could not read the value.
 */
function readMetrics(metrics: Record<string, unknown>, at: number): Read {
  const reader = new Reader(at);
  const add = (metric: string, value: unknown) => {
    const path = `metrics.${metric}`;
    const problem = nameProblem(metric);
    if (problem !== undefined)
      reader.problem(`metrics[${JSON.stringify(metric.slice(0, longestName))}]`, problem);
    else reader.add(scriptsSource, metric, reader.number(value, path));
  };
  for (const [name, value] of Object.entries(metrics)) {
    const isDictionary = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isDictionary) add(name, value);
    else for (const [key, one] of Object.entries(value)) add(`${name}.${key}`, one);
  }
  return reader.read();
}

function nameProblem(metric: string): string | undefined {
  if (metric === '' || metric.startsWith('.') || metric.endsWith('.')) return 'a metric needs a name';
  if (metric.length > longestName) return `a name has at most ${longestName} characters`;
  return invisible.test(metric) ? 'must not contain control or direction characters' : undefined;
}
