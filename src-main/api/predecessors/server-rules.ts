import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { freeId } from '../../base/free-name.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { changeRules, completed } from '../rule-changes.ts';
import { everyHost, hostOrAll } from './every-host.ts';
import { sourceOf } from './named-metrics.ts';

/** Prefix of the ids of rules that this route creates and changes. */
const ownRules = 'alert-config-';

const comparisons = {
  greater_than: 'greater_than',
  above: 'greater_than',
  '>': 'greater_than',
  less_than: 'less_than',
  below: 'less_than',
  '<': 'less_than',
  equals: 'equals',
  '==': 'equals',
  '>=': 'greater_or_equal',
  '<=': 'less_or_equal',
  '!=': 'not_equals',
} as const;

const seconds = { s: 1, m: 60, h: 3600 } as const;
const duration = z
  .union([z.number(), z.string().regex(/^\d{1,7}[smh]?$/, 'must be seconds, or such as 5m')])
  .transform((written) => {
    if (typeof written === 'number') return Math.round(written);
    const unit = /[smh]$/.exec(written)?.[0] as keyof typeof seconds | undefined;
    return Number.parseInt(written, 10) * seconds[unit ?? 's'];
  })
  .openapi({ type: ['number', 'string'] });

const postConfig = createRoute({
  method: 'post',
  path: '/alert_config',
  summary: 'Monitoring server: make the rule for a metric of a host, or change it',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .object({
          hostname: hostOrAll,
          metric_name: z.string().min(1).max(200),
          threshold_type: z.enum(Object.keys(comparisons) as [keyof typeof comparisons]),
          threshold_value: z.number(),
          consecutive_violations: z.int().min(1).max(10_000).nullish(),
          for: duration.nullish(),
        })
        .meta({ id: 'OldAlertConfig' }),
    ),
  },
  responses: {
    200: json(z.object({ status: z.literal('ok'), created: z.boolean(), rule: ruleSchema }), 'The rule'),
    ...failures,
  },
});

/** The monitoring server's route for setting thresholds. */
export function serverRuleRoutes(monitor: MonitorApi) {
  /** Changes run one after the other, because each must name the revision it is based on. */
  let lastChange: Promise<unknown> = Promise.resolve();
  return new OpenAPIHono<ApiEnv>().openapi(postConfig, async (c) => {
    const sent = c.req.valid('json');
    const config = {
      hostname: sent.hostname,
      metric: sent.metric_name,
      comparison: comparisons[sent.threshold_type],
      threshold: sent.threshold_value,
      ...(typeof sent.consecutive_violations === 'number' && {
        consecutiveViolations: sent.consecutive_violations,
      }),
      ...(typeof sent.for === 'number' && { forSeconds: sent.for }),
    };
    const change = lastChange.then(() => putRule(monitor, config));
    lastChange = change.catch(() => undefined);
    return c.json({ status: 'ok' as const, ...(await change) }, 200);
  });
}

interface Config {
  hostname: string;
  metric: string;
  comparison: Rule['comparison'];
  threshold: number;
  consecutiveViolations?: number;
  forSeconds?: number;
}

async function putRule(
  monitor: MonitorApi,
  { hostname, metric, ...judged }: Config,
): Promise<{ created: boolean; rule: Rule }> {
  const { settings, revision } = monitor.settings.view();
  const { rules } = settings;
  const isSame = (rule: Rule) =>
    rule.id.startsWith(ownRules) &&
    rule.metric === metric &&
    rule.comparison === judged.comparison &&
    rule.hosts?.join('\n') === hostname;
  const found = rules.findIndex(isSame);
  const at = found === -1 ? rules.length : found;
  const isForAll = hostname === everyHost;
  const name = `${metric} on ${isForAll ? 'every host' : hostname}`;
  const made = {
    id: freeId(`${ownRules}${isForAll ? 'all' : hostname}-${metric}`, 'rule', (id) =>
      rules.some((rule) => rule.id === id),
    ),
    name: name.slice(0, 190),
    source: sourceOf(monitor, isForAll ? null : hostname, metric),
    metric,
    // With `hosts`, a rule may name a source that only these hosts have.
    hosts: [hostname],
  };
  const rule = found === -1 ? completed({ ...made, ...judged }, rules) : { ...rules[found], ...judged };
  const changed = await changeRules(
    monitor,
    rules.toSpliced(at, found === -1 ? 0 : 1, rule as Rule),
    at,
    revision,
  );
  const stored = changed.settings.rules[at];
  if (stored === undefined) throw new Error('a rule that was stored is not there');
  return { created: found === -1, rule: stored };
}
