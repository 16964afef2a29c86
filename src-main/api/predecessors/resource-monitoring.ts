import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { acceptanceSchema, acceptPost } from './acceptance.ts';
import type { Doorway } from './acceptance.ts';
import { machinePostOf } from './machine-post.ts';
import { machinePostSchema } from './machine.ts';

/** Most bytes of all records together as JSON; the oldest are dropped first. */
const recordBytesKept = 16 * 1024 * 1024;

const recordSchema = z.record(z.string(), z.unknown());
type Sent = z.infer<typeof recordSchema>;

const postIngest = createRoute({
  method: 'post',
  path: '/ingest',
  summary: 'Resource monitoring: a machine sends what it measured',
  ...needs.ingest,
  ...anonymousMay,
  request: { body: jsonBody(machinePostSchema) },
  responses: { 200: json(acceptanceSchema, 'Stored'), ...failures },
});

const getHistory = createRoute({
  method: 'get',
  path: '/history',
  summary: 'Resource monitoring: the last records of `POST /ingest` as they were sent, newest last',
  description:
    'The last 1000, or as many as `hub.historyRecords` says. Kept in memory, up to 16 MiB: it begins anew when the hub does. All samples stay in history.',
  ...needs.read,
  ...anonymousMay,
  responses: { 200: json(z.array(recordSchema), 'The records'), ...failures },
});

/** The newest records, oldest first. */
class Records {
  readonly #kept: { record: Sent; bytes: number }[] = [];
  #bytes = 0;

  add(record: Sent, most: number): void {
    const bytes = Buffer.byteLength(JSON.stringify(record));
    this.#kept.push({ record, bytes });
    this.#bytes += bytes;
    while (this.#kept.length > most || this.#bytes > recordBytesKept)
      this.#bytes -= this.#kept.shift()?.bytes ?? 0;
  }

  last(most: number): Sent[] {
    return this.#kept.slice(-most).map(({ record }) => record);
  }
}

/** The ingestion server's routes, to which `monitor.py` sends and which `dashboard.py` queries. */
export function resourceMonitoringRoutes(doorway: Doorway, clock: Clock) {
  const { monitor } = doorway;
  const records = new Records();
  return new OpenAPIHono<ApiEnv>()
    .openapi(postIngest, async (c) => {
      const sent = recordSchema.parse(await c.req.json());
      const post = machinePostOf(c.req.valid('json'), monitor.receiving, clock);
      const acceptance = await acceptPost(c, doorway, post);
      if (acceptance.accepted > 0) records.add(sent, monitor.receiving.historyRecords);
      return c.json(acceptance, 200);
    })
    .openapi(getHistory, (c) => c.json(records.last(monitor.receiving.historyRecords), 200));
}
