import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { hostDetailSchema, hostSchema } from '../../contract/host.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
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

const getHost = createRoute({
  method: 'get',
  path: '/hosts/{host}',
  summary: 'One of them, with the newest sample of every series',
  ...needs.read,
  request: { params },
  responses: { 200: json(hostDetailSchema, 'The host'), ...failures },
});

const deleteHost = createRoute({
  method: 'delete',
  path: '/hosts/{host}',
  summary: 'Forget a host: what it sent stays in history, and it is registered anew when it sends again',
  ...needs.admin,
  request: { params },
  responses: { 204: { description: 'Forgotten' }, ...failures },
});

export function hostRoutes({ hosts }: Pick<MonitorApi, 'hosts'>) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHosts, (c) => c.json(hosts.list(), 200))
    .openapi(getHost, (c) => c.json(hosts.detail(c.req.valid('param').host), 200))
    .openapi(deleteHost, (c) => {
      hosts.remove(c.req.valid('param').host);
      return c.body(null, 204);
    });
}
