import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { deliverySchema, deliveryStateSchema, destinationHealthSchema } from '../../contract/delivery.ts';
import { reachSchema } from '../../contract/route.ts';
import { previewSchema } from '../../contract/trial.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { needs } from '../needs.ts';
import { wholeNumber } from '../query-fields.ts';

const getDeliveries = createRoute({
  method: 'get',
  path: '/deliveries',
  summary: 'Deliveries, newest first',
  ...needs.read,
  request: {
    query: z.object({
      destination: z.string().max(200).optional(),
      state: deliveryStateSchema.optional(),
      limit: wholeNumber({ from: 1, to: 1000, otherwise: 100 }),
    }),
  },
  responses: { 200: json(z.array(deliverySchema), 'The newest deliveries'), ...failures },
});

const retryDelivery = createRoute({
  method: 'post',
  path: '/deliveries/{id}/retry',
  summary: 'Try again what was given up, with all that goes in the same message',
  ...needs.admin,
  request: { params: z.object({ id: z.string().min(1).max(200) }) },
  responses: {
    200: json(z.array(deliverySchema), 'The deliveries that are on their way again'),
    ...failures,
  },
});

const getDestinations = createRoute({
  method: 'get',
  path: '/destinations',
  summary: 'How it stands with each destination: what waits, what arrived, what went wrong',
  ...needs.read,
  responses: { 200: json(z.array(destinationHealthSchema), 'Each destination of the settings'), ...failures },
});

const retryDestination = createRoute({
  method: 'post',
  path: '/destinations/retry',
  summary: 'Try again all that was given up to a destination',
  ...needs.admin,
  request: { body: jsonBody(z.strictObject({ destination: z.string().min(1).max(200) })) },
  responses: {
    200: json(z.array(deliverySchema), 'The deliveries that are on their way again'),
    ...failures,
  },
});

const postReach = createRoute({
  method: 'post',
  path: '/destinations/reach',
  summary: 'How many of the alerts of the last seven days a route lets through',
  ...needs.read,
  request: {
    body: jsonBody(
      z.strictObject({
        kind: z.string().min(1).max(200),
        route: z.record(z.string(), z.unknown()).default({}),
      }),
    ),
  },
  responses: { 200: json(reachSchema, 'What was counted'), ...failures },
});

const postPreview = createRoute({
  method: 'post',
  path: '/destinations/preview',
  summary: 'What a destination with these words would say of the newest alert; nothing is sent',
  ...needs.read,
  request: {
    body: jsonBody(z.looseObject({ kind: z.string().min(1).max(200) }).meta({ id: 'PreviewQuestion' })),
  },
  responses: { 200: json(previewSchema, 'What would be said, part by part'), ...failures },
});

export function deliveryRoutes({ deliveries, trials }: Pick<MonitorApi, 'deliveries' | 'trials'>) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getDeliveries, (c) => {
      const { destination, state, limit } = c.req.valid('query');
      const filter = {
        ...(destination === undefined ? {} : { destination }),
        ...(state === undefined ? {} : { state }),
        limit,
      };
      return c.json(deliveries.list(filter), 200);
    })
    .openapi(retryDelivery, (c) => c.json(deliveries.retry({ id: c.req.valid('param').id }), 200))
    .openapi(getDestinations, (c) => c.json(deliveries.destinations(), 200))
    .openapi(postPreview, (c) => c.json(trials.preview(c.req.valid('json')), 200))
    .openapi(postReach, (c) => {
      const { kind, route } = c.req.valid('json');
      return c.json(deliveries.reach(kind, route), 200);
    })
    .openapi(retryDestination, (c) =>
      c.json(deliveries.retry({ destination: c.req.valid('json').destination }), 200),
    );
}
