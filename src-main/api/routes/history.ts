import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { seriesHistorySchema } from '../../contract/history.ts';
import { historySizeSchema } from '../../contract/history-size.ts';
import { labelsSchema } from '../../contract/sample.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { epochMs, wholeNumber } from '../query-fields.ts';

/** A chart of the widest screen needs no more points than it has pixels. */
const POINTS_AT_MOST = 10_000;

const labelsText = z
  .string()
  .max(4096)
  .default('{}')
  .transform((text, context) => {
    try {
      return labelsSchema.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON of names and texts, such as {"mount":"/"}' });
      return z.NEVER;
    }
  })
  .openapi({ type: 'string', description: 'Labels of the series as JSON, such as `{"mount":"/"}`' });

const query = z
  .object({
    host: z.string().min(1).max(255),
    source: z.string().min(1).max(200),
    metric: z.string().min(1).max(200),
    labels: labelsText,
    from: epochMs,
    to: epochMs,
    points: wholeNumber({ from: 1, to: POINTS_AT_MOST, otherwise: 500 }),
  })
  .refine((asked) => !(asked.from >= asked.to), { path: ['from'], message: 'must be before `to`' });

const getHistory = createRoute({
  method: 'get',
  path: '/history',
  summary: 'A stretch of one series',
  ...needs.read,
  request: { query },
  responses: {
    200: json(seriesHistorySchema, 'The stretch, in at most as many points as asked for'),
    ...failures,
  },
});

const getHistorySize = createRoute({
  method: 'get',
  path: '/history/size',
  summary: 'How large history is, and how far back it reaches',
  ...needs.read,
  responses: { 200: json(historySizeSchema, 'Its size'), ...failures },
});

export function historyRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHistory, async (c) => c.json(await monitor.history(c.req.valid('query')), 200))
    .openapi(getHistorySize, async (c) => c.json(await monitor.historySize(), 200));
}
