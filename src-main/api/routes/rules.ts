import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { PlimsollError } from '../../contract/error.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { changeRules, completed } from '../rule-changes.ts';
import { sentRuleSchema } from '../settings-shape.ts';

const revisionField = z.string().max(200).optional();
const ifMatch = z.object({ 'if-match': z.string().max(210).optional() });
const params = z.object({ id: z.string().min(1).max(200) });
const changedSchema = z.object({ rule: ruleSchema, revision: z.string() });

const getRules = createRoute({
  method: 'get',
  path: '/rules',
  summary: 'All rules and the revision of the settings',
  ...needs.read,
  responses: {
    200: json(z.object({ rules: z.array(ruleSchema), revision: z.string() }), 'The rules'),
    ...failures,
  },
});

const postRule = createRoute({
  method: 'post',
  path: '/rules',
  summary: 'Add a rule',
  description:
    'Without an id it gets one made from its name; without a name, or with one that is taken, a free one.',
  ...needs.admin,
  request: { headers: ifMatch, body: jsonBody(z.object({ rule: sentRuleSchema, revision: revisionField })) },
  responses: { 201: json(changedSchema, 'The rule as it was stored'), ...failures },
});

const putRule = createRoute({
  method: 'put',
  path: '/rules/{id}',
  summary: 'Replace a rule; its id stays',
  ...needs.admin,
  request: {
    params,
    headers: ifMatch,
    body: jsonBody(z.object({ rule: sentRuleSchema, revision: revisionField })),
  },
  responses: { 200: json(changedSchema, 'The rule as it was stored'), ...failures },
});

const deleteRule = createRoute({
  method: 'delete',
  path: '/rules/{id}',
  summary: 'Remove a rule',
  ...needs.admin,
  request: { params, headers: ifMatch, query: z.object({ revision: revisionField }) },
  responses: { 200: json(z.object({ revision: z.string() }), 'Removed'), ...failures },
});

/** The revision the change is based on, from the body or query, or from the header. */
function revisionOf(given: string | undefined, header: string | undefined): string {
  const revision = given ?? header?.replace(/^"(.*)"$/, '$1');
  if (revision !== undefined) return revision;
  const message =
    'say on which revision of the settings the change was made: `revision`, or the header `If-Match`';
  throw new PlimsollError('invalid_request', message, {
    problems: [{ path: 'revision', message: 'is missing' }],
  });
}

function ruleWith(rules: readonly Rule[], id: unknown): Rule {
  const rule = rules.find((other) => other.id === id);
  if (rule === undefined)
    throw new PlimsollError('not_found', `there is no rule with the id ${JSON.stringify(id)}`);
  return rule;
}

export function ruleRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getRules, (c) => {
      const { settings, revision } = monitor.settings.view();
      return c.json({ rules: settings.rules, revision }, 200);
    })
    .openapi(postRule, async (c) => {
      const body = c.req.valid('json');
      const { rules } = monitor.settings.view().settings;
      const rule = completed({ ...body.rule }, rules);
      const revision = revisionOf(body.revision, c.req.valid('header')['if-match']);
      const changed = await changeRules(monitor, [...rules, rule], rules.length, revision);
      return c.json({ rule: ruleWith(changed.settings.rules, rule['id']), revision: changed.revision }, 201);
    })
    .openapi(putRule, async (c) => {
      const { id } = c.req.valid('param');
      const body = c.req.valid('json');
      const { rules } = monitor.settings.view().settings;
      const at = rules.indexOf(ruleWith(rules, id));
      const revision = revisionOf(body.revision, c.req.valid('header')['if-match']);
      const changed = await changeRules(
        monitor,
        [...rules.slice(0, at), { ...body.rule, id }, ...rules.slice(at + 1)],
        at,
        revision,
      );
      return c.json({ rule: ruleWith(changed.settings.rules, id), revision: changed.revision }, 200);
    })
    .openapi(deleteRule, async (c) => {
      const { id } = c.req.valid('param');
      const { rules } = monitor.settings.view().settings;
      const at = rules.indexOf(ruleWith(rules, id));
      const revision = revisionOf(c.req.valid('query').revision, c.req.valid('header')['if-match']);
      const changed = await changeRules(monitor, rules.toSpliced(at, 1), at, revision);
      return c.json({ revision: changed.revision }, 200);
    });
}
