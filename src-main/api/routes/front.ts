import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const getRoot = createRoute({
  method: 'get',
  path: '/',
  summary: 'What answers here; carries no data',
  ...needs.public,
  responses: {
    200: json(
      z.object({ name: z.literal('plimsoll'), version: z.string(), api: z.string() }),
      'Name and version',
    ),
    ...failures,
  },
});

const getHealth = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the monitor answers; carries no data',
  ...needs.public,
  responses: { 200: json(z.object({ ok: z.literal(true) }), 'It does'), ...failures },
});

const getMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'What is fresh, and how Plimsoll itself does, for Prometheus to fetch',
  ...needs.read,
  responses: {
    200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
    ...failures,
  },
});

/** Routes outside the API. A transport that serves the interface answers `/` itself if HTML is requested. */
export function frontRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getRoot, (c) =>
      c.json({ name: 'plimsoll' as const, version: monitor.version, api: '/api/v1/openapi.json' }, 200),
    )
    .openapi(getHealth, (c) => c.json({ ok: true as const }, 200))
    .openapi(getMetrics, (c) =>
      c.text(monitor.metricsPage(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
    );
}
