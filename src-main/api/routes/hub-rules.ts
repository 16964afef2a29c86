import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { PlimsollError } from '../../contract/error.ts';
import { handOutSchema, hubRulesSchema } from '../../contract/hub-rules.ts';
import { hostNameSchema } from '../../contract/ingest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Caller } from '../access.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import type { Guard } from '../guard.ts';
import { needs } from '../needs.ts';
import { checkHost } from './ingest.ts';

const getHanded = createRoute({
  method: 'get',
  path: '/agent/rules',
  summary: 'The rules that the agent of a host is to judge itself',
  description:
    'A token of the scope ingest has to be bound to that host, and sees only what applies to it. The answer has an `ETag`; with `If-None-Match`, 304 says that nothing has changed.',
  ...needs.ingest,
  request: {
    query: z.object({ host: hostNameSchema }),
    headers: z.object({ 'if-none-match': z.string().max(1000).optional() }),
  },
  responses: {
    200: json(handOutSchema, 'The rules, without what they say of other hosts'),
    304: { description: 'They are the same' },
    ...failures,
  },
});

const getTaken = createRoute({
  method: 'get',
  path: '/hub-rules',
  summary: 'The rules that this machine has from its hub, and what becomes of each here',
  ...needs.read,
  responses: { 200: json(hubRulesSchema, 'The rules'), ...failures },
});

const putTaken = createRoute({
  method: 'put',
  path: '/hub-rules/{id}',
  summary: 'Switch a rule of the hub off on this machine, or on again. The hub judges it in its place',
  ...needs.admin,
  request: {
    params: z.object({ id: z.string().min(1).max(64) }),
    body: jsonBody(z.object({ on: z.boolean() })),
  },
  responses: { 200: json(hubRulesSchema, 'All rules of the hub'), ...failures },
});

/** A token that may send for several hosts must not read the rules of any. */
function checkReader(caller: Caller, host: string): void {
  if (caller.scope !== 'admin' && caller.host === null)
    throw new PlimsollError(
      'forbidden',
      `the token ${JSON.stringify(caller.name ?? '')} is bound to no host; make one that is: plimsoll token create NAME --scope ingest --host ${JSON.stringify(host)}`,
    );
  checkHost(caller, host);
}

export function hubRuleRoutes(
  { hubRules, handedRules }: Pick<MonitorApi, 'hubRules' | 'handedRules'>,
  guard: Guard,
) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHanded, (c) => {
      const { host } = c.req.valid('query');
      checkReader(guard.callerOf(c), host);
      const { rules, tag } = handedRules.of(host);
      c.header('ETag', tag);
      const { 'if-none-match': sent = '' } = c.req.valid('header');
      const known = sent.split(',').map((one) => one.trim());
      if (known.includes(tag) || known.includes(`W/${tag}`)) return c.body(null, 304);
      return c.json({ rules }, 200);
    })
    .openapi(getTaken, (c) => c.json(hubRules.view(), 200))
    .openapi(putTaken, async (c) => {
      await hubRules.switch(c.req.valid('param').id, c.req.valid('json').on);
      return c.json(hubRules.view(), 200);
    });
}
