import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import type { Host, HostDetail } from '../../contract/host.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { acceptanceSchema, acceptPost } from './acceptance.ts';
import type { Doorway } from './acceptance.ts';
import { machinePostOf } from './machine-post.ts';
import { checksSource, machinePostSchema } from './machine.ts';
import { isoText } from './moment.ts';

const bytesInGibibyte = 2 ** 30;

const postMetrics = createRoute({
  method: 'post',
  path: '/api/v1/metrics',
  summary: 'Monitoring platform: an agent sends what it measured',
  ...needs.ingest,
  ...anonymousMay,
  request: { body: jsonBody(machinePostSchema) },
  responses: { 200: json(acceptanceSchema, 'Stored'), ...failures },
});

const agentSchema = z
  .object({
    agent_id: z.string(),
    agent_name: z.string(),
    status: z.enum(['online', 'stale', 'offline']),
    first_seen: z.string(),
    last_seen: z.string(),
  })
  .meta({ id: 'OldAgent' });

const getAgents = createRoute({
  method: 'get',
  path: '/api/v1/agents',
  summary: 'Monitoring platform: all agents, by id',
  ...needs.read,
  ...anonymousMay,
  responses: { 200: json(z.array(agentSchema), 'The hosts of this hub'), ...failures },
});

const numbers = z.record(z.string(), z.number());
const latestSchema = z
  .object({
    agent_id: z.string(),
    agent_name: z.string(),
    timestamp: z.string().nullable(),
    system: z.object({ cpu_percent: z.number().optional(), memory: numbers, disk: numbers }),
    network: z.array(
      z.object({
        host: z.string(),
        port: z.number().optional(),
        reachable: z.boolean().optional(),
        latency_ms: z.number().optional(),
      }),
    ),
  })
  .meta({ id: 'OldAgentLatest' });

const getLatest = createRoute({
  method: 'get',
  path: '/api/v1/metrics/{agent_id}/latest',
  summary: 'Monitoring platform: the newest that an agent sent, in the shape in which it sends',
  ...needs.read,
  ...anonymousMay,
  request: { params: z.object({ agent_id: z.string().min(1).max(300) }) },
  responses: {
    200: json(latestSchema, 'The newest of every number; what is not known is left out'),
    ...failures,
  },
});

/** The three routes of the monitoring platform's server, to which its agents report. */
export function monitoringPlatformRoutes(doorway: Doorway, clock: Clock) {
  const { monitor } = doorway;
  const { hosts } = monitor;
  return new OpenAPIHono<ApiEnv>()
    .openapi(postMetrics, async (c) => {
      const post = machinePostOf(c.req.valid('json'), monitor.receiving, clock);
      return c.json(await acceptPost(c, doorway, post), 200);
    })
    .openapi(getAgents, (c) => {
      const agents = hosts.list().map((host) => ({
        ...nameOf(host),
        status: host.state,
        first_seen: isoText(host.registeredAt),
        last_seen: isoText(host.lastSeenAt),
      }));
      return c.json(
        agents.sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1)),
        200,
      );
    })
    .openapi(getLatest, (c) => c.json(latestOf(hosts.detail(c.req.valid('param').agent_id)), 200));
}

function nameOf({ host, tags, agent }: Pick<Host, 'host' | 'tags' | 'agent'>) {
  return { agent_id: host, agent_name: tags['agent_name'] ?? agent?.name ?? host };
}

function latestOf(detail: HostDetail): z.infer<typeof latestSchema> {
  const { latest } = detail;
  const valueOf = (source: string, metric: string) =>
    latest.find(
      (sample) =>
        sample.source === source && sample.metric === metric && Object.keys(sample.labels).length === 0,
    )?.value;
  const part = (
    source: string,
    metrics: readonly (readonly [name: string, metric: string, factor: number])[],
  ) =>
    Object.fromEntries(
      metrics.flatMap(([name, metric, factor]) => {
        const value = valueOf(source, metric);
        return value === undefined ? [] : [[name, factor === 1 ? value : Math.round(value * factor)]];
      }),
    );
  const cpu = valueOf('cpu', 'cpu_percent');
  const newest = latest.length === 0 ? null : latest.reduce((most, { at }) => Math.max(most, at), 0);
  return {
    ...nameOf(detail),
    timestamp: newest === null ? null : isoText(newest),
    system: {
      ...(cpu !== undefined && { cpu_percent: cpu }),
      memory: part(
        'memory',
        ['percent', 'total', 'used', 'available', 'free'].map((name) => [name, `memory_${name}`, 1] as const),
      ),
      disk: part('disk', [
        ['percent', 'disk_percent', 1],
        ...['total', 'used', 'free'].map((name) => [name, `disk_${name}_gb`, bytesInGibibyte] as const),
      ]),
    },
    network: checksOf(latest),
  };
}

function checksOf(latest: HostDetail['latest']): z.infer<typeof latestSchema>['network'] {
  const checks = new Map<string, z.infer<typeof latestSchema>['network'][number]>();
  const newestFirst = latest
    .filter(({ source, labels }) => source === checksSource && labels['target'] !== undefined)
    .sort((a, b) => b.at - a.at);
  for (const { metric, labels, value } of newestFirst) {
    const target = labels['target'] ?? '';
    const [, host = target, port] = /^(.*):(\d{1,5})$/.exec(target) ?? [];
    const check = checks.get(target) ?? { host, ...(port !== undefined && { port: Number(port) }) };
    if (metric === 'reachable') check.reachable = value !== 0;
    // A latency from before the target became unreachable is outdated.
    if (metric === 'latency_ms') check.latency_ms = value;
    if (check.reachable === false) delete check.latency_ms;
    checks.set(target, check);
  }
  return [...checks.values()];
}
