import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { kindsSchema } from '../../contract/kind.ts';
import { stageNameSchema, statusSchema } from '../../contract/status.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const getStatus = createRoute({
  method: 'get',
  path: '/status',
  summary: 'Everything a first look needs',
  ...needs.read,
  responses: { 200: json(statusSchema, 'The status now'), ...failures },
});

const getKinds = createRoute({
  method: 'get',
  path: '/kinds',
  summary: 'Kinds of sources and destinations, with the schemas of their settings',
  ...needs.read,
  responses: { 200: json(kindsSchema, 'All kinds'), ...failures },
});

const restartStage = createRoute({
  method: 'post',
  path: '/stages/{stage}/restart',
  summary: 'Start a stage again that gave up, or restart one that runs',
  ...needs.admin,
  request: { params: z.object({ stage: stageNameSchema }) },
  responses: { 204: { description: 'It is being started' }, ...failures },
});

export function statusRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getStatus, (c) => c.json(monitor.status(), 200))
    .openapi(getKinds, (c) => c.json(monitor.kinds(), 200))
    .openapi(restartStage, (c) => {
      monitor.restartStage(c.req.valid('param').stage);
      return c.body(null, 204);
    });
}
