import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { backtestSchema, suggestionSchema } from '../../contract/backtest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { sentRuleSchema } from '../settings-shape.ts';

const time = z.number().min(0).max(8.64e15);
const stretch = { rule: sentRuleSchema, from: time, to: time };

const postBacktest = createRoute({
  method: 'post',
  path: '/rules/backtest',
  summary: 'When a rule, saved or not, would have fired',
  description:
    'Replays the rule over the stored samples, at most 92 days, with the decisions that judge live. Errors of sources are not ' +
    'stored and not replayed. Changes nothing. One is answered at a time, and one whose asker has gone is given up.',
  ...needs.read,
  request: { body: jsonBody(z.object(stretch)) },
  responses: { 200: json(backtestSchema, 'When it would have fired'), ...failures },
});

const postSuggest = createRoute({
  method: 'post',
  path: '/rules/suggest',
  summary: 'A threshold and a time at which a rule would fire as often as wanted',
  ...needs.read,
  request: {
    body: jsonBody(
      z.object({
        ...stretch,
        times: z.number().min(0).max(1000).default(1),
        everyDays: z.number().min(0.01).max(365).default(7),
      }),
    ),
  },
  responses: { 200: json(suggestionSchema, 'What to propose'), ...failures },
});

/** A draft need not have a name yet to be tried. */
function named(rule: object): object {
  return { ...rule, id: 'draft', name: 'draft' };
}

export function backtestRoutes({ backtests }: Pick<MonitorApi, 'backtests'>) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(postBacktest, async (c) => {
      const { rule, from, to } = c.req.valid('json');
      return c.json(await backtests.backtest({ rule: named(rule), from, to }, c.req.raw.signal), 200);
    })
    .openapi(postSuggest, async (c) => {
      const { rule, from, to, times, everyDays } = c.req.valid('json');
      const question = { rule: named(rule), from, to, times, everyDays };
      return c.json(await backtests.suggest(question, c.req.raw.signal), 200);
    });
}
