import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  scriptApprovalSchema,
  scriptsViewSchema,
  scriptTextSchema,
  scriptViewSchema,
} from '../../contract/script.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const pathField = z.string().min(1).max(4096);

const getScripts = createRoute({
  method: 'get',
  path: '/scripts',
  summary: 'The scripts that are there, and which of them may run',
  description: 'Files in the folder metrics beside the settings, and those that sources name.',
  ...needs.read,
  responses: { 200: json(scriptsViewSchema, 'The scripts'), ...failures },
});

const getScriptText = createRoute({
  method: 'get',
  path: '/scripts/text',
  summary: 'What is in a script, to be read before it is approved',
  ...needs.admin,
  request: { query: z.object({ path: pathField }) },
  responses: { 200: json(scriptTextSchema, 'Its beginning, 64 KiB at most'), ...failures },
});

const approveScript = createRoute({
  method: 'post',
  path: '/scripts/approve',
  summary: 'Let a script run as it is now',
  description:
    'By the hash of what was looked at; answers 409 when the file is another one by now. A file in the folder that no source runs becomes a source.',
  ...needs.admin,
  request: { body: jsonBody(scriptApprovalSchema) },
  responses: { 200: json(scriptViewSchema, 'The script as it is now'), ...failures },
});

const revokeScript = createRoute({
  method: 'post',
  path: '/scripts/revoke',
  summary: 'Take the approval of a script back',
  description: 'It does not run any more; a run under way is ended. Its source stays.',
  ...needs.admin,
  request: { body: jsonBody(z.object({ path: pathField })) },
  responses: { 204: { description: 'Revoked' }, ...failures },
});

export function scriptRoutes({ scripts }: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getScripts, async (c) => c.json(await scripts.list(), 200))
    .openapi(getScriptText, async (c) => c.json(await scripts.text(c.req.valid('query').path), 200))
    .openapi(approveScript, async (c) => c.json(await scripts.approve(c.req.valid('json')), 200))
    .openapi(revokeScript, async (c) => {
      await scripts.revoke(c.req.valid('json').path);
      return c.body(null, 204);
    });
}
