import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { listeningSchema } from '../../contract/listening.ts';
import type { ListeningView } from '../../contract/listening.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const getListening = createRoute({
  method: 'get',
  path: '/listening',
  summary: 'Where it listens right now, and what keeps it from listening as the settings say',
  ...needs.read,
  responses: { 200: json(listeningSchema, 'Where it listens'), ...failures },
});

export function listeningRoutes(listening: () => ListeningView) {
  return new OpenAPIHono<ApiEnv>().openapi(getListening, (c) => c.json(listening(), 200));
}
