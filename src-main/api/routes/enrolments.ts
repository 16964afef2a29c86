import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import { enrolmentQuestionSchema, enrolmentSchema } from '../../contract/enrolment.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Access } from '../access.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { enrol } from '../enrol.ts';
import { needs } from '../needs.ts';

const postEnrolment = createRoute({
  method: 'post',
  path: '/enrolments',
  summary:
    'Let a machine send: makes its token, which is shown in this answer only, and the line to type there',
  ...needs.admin,
  request: {
    body: jsonBody(enrolmentQuestionSchema),
  },
  responses: { 201: json(enrolmentSchema, 'The enrolment'), ...failures },
});

export function enrolmentRoutes({ hosts }: Pick<MonitorApi, 'hosts'>, access: Access, clock: Clock) {
  return new OpenAPIHono<ApiEnv>().openapi(postEnrolment, (c) => {
    const made = enrol(access, c.req.valid('json'), clock.now(), (host, tags) => hosts.expect(host, tags));
    return c.json(made, 201);
  });
}
