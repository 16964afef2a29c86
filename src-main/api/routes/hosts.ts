import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { hostTagsSchema } from '../../contract/fields.ts';
import { fleetPageAtMost, fleetSchema, sentMetricsPageSchema, standingSchema } from '../../contract/fleet.ts';
import { hostDetailSchema, hostSchema } from '../../contract/host.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Access } from '../access.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const params = z.object({ host: z.string().min(1).max(300) });

const getHosts = createRoute({
  method: 'get',
  path: '/hosts',
  summary: 'The machines that send to this hub, worst off first',
  ...needs.read,
  responses: { 200: json(z.array(hostSchema), 'The hosts'), ...failures },
});

const getFleet = createRoute({
  method: 'get',
  path: '/fleet',
  summary: 'A page of the hosts that fit, what fires first, with how many there are of each kind',
  ...needs.read,
  request: {
    query: z.object({
      text: z.string().max(200).optional().meta({
        description: 'Words that must all be in the name, the name of the agent, the address or a tag',
      }),
      tag: z.string().max(400).optional(),
      standing: standingSchema.optional(),
      firing: z.enum(['true']).optional().meta({ description: 'Only hosts with an alert that fires' }),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
      limit: z.coerce.number().int().min(0).max(fleetPageAtMost).default(100),
    }),
  },
  responses: { 200: json(fleetSchema, 'The page'), ...failures },
});

const getSent = createRoute({
  method: 'get',
  path: '/fleet/metrics',
  summary: 'Which metrics of which sources hosts have sent, for rules that judge them',
  ...needs.read,
  request: {
    query: z.object({
      text: z.string().max(200).default('').meta({
        description: 'Words that must all be in the name of the source or of the metric',
      }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: { 200: json(sentMetricsPageSchema, 'The first of them, by name'), ...failures },
});

const getHost = createRoute({
  method: 'get',
  path: '/hosts/{host}',
  summary: 'One of them, with the newest sample of every series',
  ...needs.read,
  request: { params },
  responses: { 200: json(hostDetailSchema, 'The host'), ...failures },
});

const putTags = createRoute({
  method: 'put',
  path: '/hosts/{host}/tags',
  summary: 'Give a host these tags, and take all others that an owner gave it',
  ...needs.admin,
  request: { params, body: jsonBody(z.object({ tags: hostTagsSchema })) },
  responses: { 200: json(hostSchema, 'The host'), ...failures },
});

const deleteHost = createRoute({
  method: 'delete',
  path: '/hosts/{host}',
  summary:
    'Forget a host: its alerts are over and its own tokens revoked, what it sent stays in history. With another token it is registered anew when it sends again',
  ...needs.admin,
  request: { params },
  responses: {
    200: json(
      z.object({
        /** Number of revoked tokens that were bound to this host. */
        tokens: z.number(),
      }),
      'Forgotten',
    ),
    ...failures,
  },
});

export function hostRoutes({ hosts, fleet }: Pick<MonitorApi, 'hosts' | 'fleet'>, access: Access) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHosts, (c) => c.json(hosts.list(), 200))
    .openapi(getFleet, (c) => {
      const { firing, ...query } = c.req.valid('query');
      return c.json(fleet.page({ ...query, firing: firing === 'true' }), 200);
    })
    .openapi(getSent, (c) => {
      const { text, limit } = c.req.valid('query');
      return c.json(hosts.sent(text, limit), 200);
    })
    .openapi(getHost, (c) => c.json(hosts.detail(c.req.valid('param').host), 200))
    .openapi(putTags, (c) => {
      const { host } = c.req.valid('param');
      hosts.setTags(host, c.req.valid('json').tags);
      const { latest: _latest, ...view } = hosts.detail(host);
      return c.json(view, 200);
    })
    .openapi(deleteHost, (c) => {
      const { host } = c.req.valid('param');
      hosts.remove(host);
      return c.json({ tokens: access.removeTokensOf(host) }, 200);
    });
}
