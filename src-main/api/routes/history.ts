import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { historyCheckSchema, historySizeSchema } from '../../contract/history-size.ts';
import {
  interruptionSchema,
  latestPageSchema,
  mostPoints,
  mostSeriesAtOnce,
  rankings,
  samplesPageSchema,
  seriesHistorySchema,
  seriesPageSchema,
  seriesRangeSchema,
  topSeriesSchema,
} from '../../contract/history.ts';
import { labelsSchema, seriesSchema } from '../../contract/sample.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { streamOf } from '../text-stream.ts';
import { epochMs, wholeNumber } from '../query-fields.ts';

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

const host = z.string().min(1).max(255);
const name = z.string().min(1).max(200);
const order = { path: ['from'], message: 'must be before `to`' };
/** True for NaN too, because invalid numbers get a problem of their own. */
const isInOrder = (asked: { from: number; to: number }): boolean => !(asked.from >= asked.to);

const query = z
  .object({
    host,
    source: name,
    metric: name,
    labels: labelsText,
    from: epochMs,
    to: epochMs,
    points: wholeNumber({ from: 1, to: mostPoints, otherwise: 500 }),
  })
  .refine(isInOrder, order);

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

const search = {
  host: host.optional(),
  source: name.optional(),
  metric: name.optional(),
  text: z.string().max(200).optional().openapi({
    description: 'Words that must all stand in host, source, metric or labels',
  }),
  offset: wholeNumber({ from: 0, to: 10_000_000, otherwise: 0 }),
  limit: wholeNumber({ from: 1, to: 5000, otherwise: 500 }),
};

const getSeries = createRoute({
  method: 'get',
  path: '/history/series',
  summary: 'The series that history knows',
  description: 'A page of them; `total` counts all, and `next` is the `offset` of the next page.',
  ...needs.read,
  request: { query: z.object(search) },
  responses: { 200: json(seriesPageSchema, 'A page of series'), ...failures },
});

const getLatest = createRoute({
  method: 'get',
  path: '/history/latest',
  summary: 'The newest sample of each series',
  description: 'A page of them; `total` counts all, and `next` is the `offset` of the next page.',
  ...needs.read,
  request: { query: z.object({ ...search, from: epochMs }) },
  responses: { 200: json(latestPageSchema, 'A page of samples, none older than `from`'), ...failures },
});

const time = z.number().min(-8.64e15).max(8.64e15);
const stretch = {
  series: z.array(seriesSchema).min(1).max(mostSeriesAtOnce),
  from: time,
  to: time,
};

const postRanges = createRoute({
  method: 'post',
  path: '/history/ranges',
  summary: 'A stretch of several series, each with its summary',
  description:
    'Single samples where there are at most `points`, else buckets with smallest, mean and largest. One whose asker has gone is given up.',
  ...needs.read,
  request: {
    body: jsonBody(
      z
        .strictObject({ ...stretch, points: z.int().min(1).max(mostPoints).default(500) })
        .refine(isInOrder, order),
    ),
  },
  responses: { 200: json(z.array(seriesRangeSchema), 'One for each series, in their order'), ...failures },
});

const postSamples = createRoute({
  method: 'post',
  path: '/history/samples',
  summary: 'Every single sample of several series',
  description:
    'In pages of 50,000 samples: where `next` is not null, ask again with it as `from`. What is kept as roll-ups only has no samples any more; `/history/ranges` has it.',
  ...needs.read,
  request: { body: jsonBody(z.strictObject(stretch).refine(isInOrder, order)) },
  responses: { 200: json(samplesPageSchema, 'The samples, oldest first'), ...failures },
});

const getTop = createRoute({
  method: 'get',
  path: '/history/top',
  summary: 'The series of a metric that are highest',
  ...needs.read,
  request: {
    query: z
      .object({
        metric: name,
        host: host.optional(),
        source: name.optional(),
        by: z.enum(rankings).default('avg'),
        from: epochMs,
        to: epochMs,
        limit: wholeNumber({ from: 1, to: 1000, otherwise: 10 }),
      })
      .refine(isInOrder, order),
  },
  responses: {
    200: json(topSeriesSchema, 'Highest first; `total` counts all that were compared'),
    ...failures,
  },
});

const getInterruptions = createRoute({
  method: 'get',
  path: '/history/interruptions',
  summary: 'When a host sampled nothing, because it was asleep or Plimsoll was off',
  ...needs.read,
  request: {
    query: z.object({ host: host.optional(), from: epochMs, to: epochMs }).refine(isInOrder, order),
  },
  responses: { 200: json(z.array(interruptionSchema), 'Oldest first'), ...failures },
});

const getHistorySize = createRoute({
  method: 'get',
  path: '/history/size',
  summary: 'How large history is, and how far back it reaches',
  ...needs.read,
  responses: { 200: json(historySizeSchema, 'Its size'), ...failures },
});

const getHistoryCheck = createRoute({
  method: 'get',
  path: '/history/check',
  summary: 'Compare every checksum in history',
  ...needs.admin,
  responses: { 200: json(historyCheckSchema, 'What was found'), ...failures },
});

const backUpHistory = createRoute({
  method: 'post',
  path: '/history/backup',
  summary: 'Write a copy of history into a new file of the machine that runs Plimsoll',
  ...needs.admin,
  request: {
    body: jsonBody(
      z.object({
        path: z
          .string()
          .min(1)
          .max(4096)
          .regex(/^(\/|[A-Za-z]:[\\/]|\\\\)/, 'must be an absolute path'),
      }),
    ),
  },
  responses: { 200: json(z.object({ bytes: z.number() }), 'The size of the copy'), ...failures },
});

const exportHistory = createRoute({
  method: 'get',
  path: '/history/export',
  summary: 'The samples of a stretch, as lines of JSON or as CSV',
  ...needs.admin,
  request: {
    query: z
      .object({
        from: epochMs,
        to: epochMs,
        source: z.string().min(1).max(200).optional(),
        metric: z.string().min(1).max(200).optional(),
        format: z.enum(['json', 'csv']).default('json'),
      })
      .refine((asked) => !(asked.from >= asked.to), { path: ['from'], message: 'must be before `to`' }),
  },
  responses: {
    200: {
      description: 'All of them, source by source and oldest first',
      content: { 'application/x-ndjson': { schema: z.string() }, 'text/csv': { schema: z.string() } },
    },
    ...failures,
  },
});

export function historyRoutes(monitor: MonitorApi) {
  const { series } = monitor;
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHistory, async (c) => c.json(await monitor.history.range(c.req.valid('query')), 200))
    .openapi(getHistorySize, async (c) => c.json(await monitor.history.size(), 200))
    .openapi(getHistoryCheck, async (c) => c.json(await monitor.history.check(), 200))
    .openapi(backUpHistory, async (c) => c.json(await monitor.history.backUp(c.req.valid('json').path), 200))
    .openapi(exportHistory, async (c) => {
      const asked = c.req.valid('query');
      return c.body(await streamOf(monitor.history.export(asked)), 200, {
        'Content-Type': asked.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
        'Content-Disposition': `attachment; filename="history.${asked.format === 'csv' ? 'csv' : 'jsonl'}"`,
      });
    })
    .openapi(getSeries, async (c) => c.json(await series.search(c.req.valid('query')), 200))
    .openapi(getLatest, async (c) => c.json(await series.latest(c.req.valid('query')), 200))
    .openapi(postRanges, async (c) => c.json(await series.ranges(c.req.valid('json'), c.req.raw.signal), 200))
    .openapi(postSamples, async (c) =>
      c.json(await series.samples(c.req.valid('json'), c.req.raw.signal), 200),
    )
    .openapi(getTop, async (c) => c.json(await series.top(c.req.valid('query'), c.req.raw.signal), 200))
    .openapi(getInterruptions, async (c) =>
      c.json(await series.interruptions(c.req.valid('query'), c.req.raw.signal), 200),
    );
}
