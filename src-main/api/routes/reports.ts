import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { seriesRangeSchema } from '../../contract/history.ts';
import {
  keptReportSchema,
  reportContentSchema,
  reportFileSchema,
  reportFiguresSchema,
  reportLanguageSchema,
  reportStandingSchema,
} from '../../contract/report.ts';
import { zoneSchema } from '../../contract/downtime.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { epochMs } from '../query-fields.ts';

const order = { path: ['from'], message: 'must be before `to`' };
const isInOrder = (asked: { from: number; to: number }): boolean => !(asked.from >= asked.to);
const span = z.object({ from: epochMs, to: epochMs, zone: zoneSchema.optional() }).refine(isInOrder, order);

const getReports = createRoute({
  method: 'get',
  path: '/reports',
  summary: 'The reports that are kept, newest first, and when the next one comes by itself',
  ...needs.read,
  responses: { 200: json(reportStandingSchema, 'The reports'), ...failures },
});

const getFigures = createRoute({
  method: 'get',
  path: '/reports/figures',
  summary: 'What a report of a span says, in numbers',
  description: 'Nothing is drawn or kept. Smallest, mean, largest and last are those of `/history/ranges`.',
  ...needs.read,
  request: { query: span },
  responses: { 200: json(reportFiguresSchema, 'The figures'), ...failures },
});

const getContent = createRoute({
  method: 'get',
  path: '/reports/content',
  summary: 'Everything that a report of a span is drawn from',
  ...needs.read,
  request: { query: span },
  responses: {
    200: json(
      z.object({ content: reportContentSchema, sparks: z.array(seriesRangeSchema) }),
      'The figures, and what is drawn',
    ),
    ...failures,
  },
});

const time = z.number().min(0).max(8.64e15);

const postReport = createRoute({
  method: 'post',
  path: '/reports',
  summary: 'Make a report now, and keep it where reports are kept',
  description:
    'Answers when it is made. Older reports than the settings keep are removed. Without a language it is in that of the settings, or of the machine.',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .strictObject({
          ...{ from: time, to: time, zone: zoneSchema.optional() },
          language: reportLanguageSchema.optional(),
        })
        .refine(isInOrder, order),
    ),
  },
  responses: { 201: json(keptReportSchema, 'The report as it is kept'), ...failures },
});

const getFile = createRoute({
  method: 'get',
  path: '/reports/{id}/{name}',
  summary: 'A file of a kept report',
  ...needs.read,
  description: 'With `as=base64` it is text, for what can carry nothing else.',
  request: {
    params: z.object({ id: z.string().min(1).max(100), name: reportFileSchema }),
    query: z.object({ as: z.enum(['file', 'base64']).default('file') }),
  },
  responses: {
    200: {
      description: 'The file as it is on disk',
      content: {
        'text/html': { schema: z.string() },
        'image/png': { schema: z.string() },
        'text/plain': { schema: z.string() },
      },
    },
    ...failures,
  },
});

/** A report contains its own styles. It runs no scripts and loads nothing. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-popups";

export function reportRoutes(monitor: MonitorApi) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getReports, async (c) => c.json(await monitor.reports.standing(), 200))
    .openapi(getFigures, async (c) => {
      const { content } = await monitor.reports.content(c.req.valid('query'), c.req.raw.signal);
      return c.json(content.figures, 200);
    })
    .openapi(getContent, async (c) =>
      c.json(await monitor.reports.content(c.req.valid('query'), c.req.raw.signal), 200),
    )
    .openapi(postReport, async (c) => c.json(await monitor.reports.make(c.req.valid('json')), 201))
    .openapi(getFile, async (c) => {
      const { id, name } = c.req.valid('param');
      const bytes = await monitor.reports.file(id, name);
      if (c.req.valid('query').as === 'base64') return c.text(Buffer.from(bytes).toString('base64'), 200);
      const type = name.endsWith('.png') ? 'image/png' : 'text/html; charset=utf-8';
      return c.body(bytes, 200, {
        'Content-Type': type,
        'Cache-Control': 'private, no-store',
        'Content-Security-Policy': pagePolicy,
      });
    });
}
