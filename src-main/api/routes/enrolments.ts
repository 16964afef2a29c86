import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import {
  enrolmentLines,
  enrolmentSchema,
  hubAddressSchema,
  longestEnrolmentSeconds,
  usualEnrolmentSeconds,
} from '../../contract/enrolment.ts';
import { hostTagsSchema } from '../../contract/fields.ts';
import { hostNameSchema } from '../../contract/ingest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Access } from '../access.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';

const postEnrolment = createRoute({
  method: 'post',
  path: '/enrolments',
  summary:
    'Let a machine send: makes its token, which is shown in this answer only, and the line to type there',
  ...needs.admin,
  request: {
    body: jsonBody(
      z.object({
        host: hostNameSchema,
        /** How that machine finds this hub. */
        url: hubAddressSchema,
        tags: hostTagsSchema.optional(),
        withinSeconds: z.int().min(60).max(longestEnrolmentSeconds).default(usualEnrolmentSeconds).meta({
          description: 'When the token is not used for so long, it is over',
        }),
      }),
    ),
  },
  responses: { 201: json(enrolmentSchema, 'The enrolment'), ...failures },
});

export function enrolmentRoutes({ hosts }: Pick<MonitorApi, 'hosts'>, access: Access, clock: Clock) {
  return new OpenAPIHono<ApiEnv>().openapi(postEnrolment, (c) => {
    const { host, url, tags, withinSeconds } = c.req.valid('json');
    const useBy = clock.now() + withinSeconds * 1000;
    const { token, view } = access.enrol(host, useBy);
    if (tags !== undefined) hosts.expect(host, tags);
    const lines = enrolmentLines({ host, token, url });
    return c.json({ host, id: view.id, token, useBy, url, ...lines }, 201);
  });
}
