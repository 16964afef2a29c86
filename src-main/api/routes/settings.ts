import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { withoutUrlSecrets } from '../../monitor/kinds.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { importViewSchema } from '../../contract/import.ts';
import { deliveryTrialSchema, sampleTrialSchema } from '../../contract/trial.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import {
  sentEntrySchema,
  sentSectionsSchema,
  sentSettingsSchema,
  settingsViewSchema,
} from '../settings-shape.ts';

const getSettings = createRoute({
  method: 'get',
  path: '/settings',
  summary: 'The settings and their revision',
  description:
    'Parameters of addresses that are called as secrets are (`?token=…`) are struck out for who may only read.',
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

const patchSettings = createRoute({
  method: 'patch',
  path: '/settings',
  summary: 'Replace sections of the settings; the others stay',
  description: 'Answers 409 when the settings have moved on since `revision`, and changes nothing then.',
  ...needs.admin,
  request: { body: jsonBody(z.object({ sections: sentSectionsSchema, revision: z.string().max(200) })) },
  responses: { 200: json(settingsViewSchema, 'The settings as they are now'), ...failures },
});

const importSettings = createRoute({
  method: 'post',
  path: '/settings/import',
  summary: 'Show, or make, what a file would change in the settings',
  description:
    'The text of our own or a predecessor’s file. Nothing is removed; what could act arrives disabled. With `revision` it is applied, and answers 409 when the settings have moved on since.',
  ...needs.admin,
  // Fits a file of 1 MiB with JSON escapes.
  'x-body-bytes': 2.25 * 1024 * 1024,
  request: {
    body: jsonBody(z.object({ text: z.string().max(1024 * 1024), revision: z.string().max(200).optional() })),
  },
  responses: { 200: json(importViewSchema, 'What it changes'), ...failures },
});

const exportSettings = createRoute({
  method: 'get',
  path: '/settings/export',
  summary: 'The settings as a plimsoll.yaml',
  description: 'Secrets are references and stay where they are; addresses stand as they were written.',
  ...needs.admin,
  responses: { 200: json(z.object({ text: z.string() }), 'The text of the file'), ...failures },
});

const convertSettings = createRoute({
  method: 'post',
  path: '/settings/convert',
  summary: 'Write a predecessor’s file that is in force as plimsoll.yaml beside it',
  description:
    'Secrets in clear go to the secret store. Answers 409 where a file of that name stands already.',
  ...needs.admin,
  responses: { 200: json(z.object({ location: z.string() }), 'Where it was written'), ...failures },
});

const sampleSource = createRoute({
  method: 'post',
  path: '/sources/sample',
  summary: 'Sample a source once, saved or not',
  ...needs.admin,
  request: { body: jsonBody(z.object({ source: sentEntrySchema })) },
  responses: { 200: json(sampleTrialSchema, 'Every number found'), ...failures },
});

const testDestination = createRoute({
  method: 'post',
  path: '/destinations/test',
  summary: 'Send a test message to a destination, saved or not',
  ...needs.admin,
  request: { body: jsonBody(z.object({ destination: sentEntrySchema })) },
  responses: { 200: json(deliveryTrialSchema, 'What the other side said'), ...failures },
});

export function settingsRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getSettings, (c) => {
      const view = monitor.settings.view();
      const isOwner = c.get('caller')?.scope === 'admin';
      return c.json(isOwner ? view : { ...view, settings: withoutUrlSecrets(view.settings) }, 200);
    })
    .openapi(putSettings, async (c) => {
      const { settings, revision } = c.req.valid('json');
      return c.json(await monitor.settings.change(settings, revision), 200);
    })
    .openapi(patchSettings, async (c) => {
      const { sections, revision } = c.req.valid('json');
      return c.json(
        await monitor.settings.change({ ...monitor.settings.view().settings, ...sections }, revision),
        200,
      );
    })
    .openapi(importSettings, async (c) => {
      const { text, revision } = c.req.valid('json');
      return c.json(await monitor.settings.import(text, revision ?? null), 200);
    })
    .openapi(exportSettings, (c) => c.json({ text: monitor.settings.export() }, 200))
    .openapi(convertSettings, async (c) => c.json({ location: await monitor.settings.convert() }, 200))
    .openapi(sampleSource, async (c) => c.json(await monitor.trials.sample(c.req.valid('json').source), 200))
    .openapi(testDestination, async (c) =>
      c.json(await monitor.trials.deliver(c.req.valid('json').destination), 200),
    );
}
