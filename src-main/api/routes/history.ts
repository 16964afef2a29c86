import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { seriesHistorySchema } from '../../contract/history.ts';
import { historyCheckSchema, historySizeSchema } from '../../contract/history-size.ts';
import { labelsSchema } from '../../contract/sample.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
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
  return new OpenAPIHono<ApiEnv>()
    .openapi(getHistory, async (c) => c.json(await monitor.history(c.req.valid('query')), 200))
    .openapi(getHistorySize, async (c) => c.json(await monitor.historySize(), 200))
    .openapi(getHistoryCheck, async (c) => c.json(await monitor.checkHistory(), 200))
    .openapi(backUpHistory, async (c) => c.json(await monitor.backUpHistory(c.req.valid('json').path), 200))
    .openapi(exportHistory, (c) => {
      const asked = c.req.valid('query');
      return c.body(streamOf(monitor.exportHistory(asked)), 200, {
        'Content-Type': asked.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
        'Content-Disposition': `attachment; filename="history.${asked.format === 'csv' ? 'csv' : 'jsonl'}"`,
      });
    });
}

function streamOf(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
