import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { sentSettingsSchema, settingsViewSchema } from '../settings-shape.ts';

const getSettings = createRoute({
  method: 'get',
  path: '/settings',
  summary: 'The settings and their revision',
  ...needs.read,
  responses: { 200: json(settingsViewSchema, 'The settings'), ...failures },
});

const putSettings = createRoute({
  method: 'put',
  path: '/settings',
  summary: 'Replace the settings as a whole',
  description: 'Answers 409 when the settings have moved on since `revision`, and changes nothing then.',
  ...needs.admin,
  request: { body: jsonBody(z.object({ settings: sentSettingsSchema, revision: z.string().max(200) })) },
  responses: { 200: json(settingsViewSchema, 'The settings as they are now'), ...failures },
});

export function settingsRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getSettings, (c) => c.json(monitor.settings(), 200))
    .openapi(putSettings, async (c) => {
      const { settings, revision } = c.req.valid('json');
      return c.json(await monitor.changeSettings(settings, revision), 200);
    });
}
