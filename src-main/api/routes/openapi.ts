import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const getDescription = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This API, described by OpenAPI 3.1',
  ...needs.read,
  responses: { 200: json(z.record(z.string(), z.unknown()), 'The description'), ...failures },
});

/** `describe` is called at the first request, when all routes exist. */
export function openapiRoutes(describe: () => Record<string, unknown>) {
  let description: Record<string, unknown> | undefined;
  return new OpenAPIHono<ApiEnv>().openapi(getDescription, (c) => c.json((description ??= describe()), 200));
}
