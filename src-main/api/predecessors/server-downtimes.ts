import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import type { DowntimeView } from '../../contract/downtime.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs } from '../needs.ts';
import { everyHost, hostOrAll } from './every-host.ts';
import { instantOf, isoText, momentSchema } from './moment.ts';
import type { Moment } from './moment.ts';

const oldDowntimeSchema = z
  .object({
    id: z.string(),
    hostname: z.string(),
    start_time: z.string().nullable(),
    end_time: z.string().nullable(),
    reason: z.string(),
    state: z.string(),
  })
  .meta({ id: 'OldDowntime' });

const getDowntimes = createRoute({
  method: 'get',
  path: '/downtime',
  summary: 'Monitoring server: all downtimes; of one that recurs, the time that it is in or that comes next',
  ...needs.read,
  ...anonymousMay,
  responses: { 200: json(z.array(oldDowntimeSchema), 'The downtimes'), ...failures },
});

const postDowntime = createRoute({
  method: 'post',
  path: '/downtime',
  summary: 'Monitoring server: plan a downtime of a host, or of all',
  ...needs.admin,
  request: {
    body: jsonBody(
      z
        .object({
          hostname: hostOrAll,
          start_time: momentSchema,
          end_time: momentSchema,
          reason: z.string().max(200).nullish(),
        })
        .meta({ id: 'OldDowntimePlan' }),
    ),
  },
  responses: { 200: json(oldDowntimeSchema, 'The downtime'), ...failures },
});

/** The monitoring server's routes for creating and querying downtimes. */
export function serverDowntimeRoutes(monitor: Pick<MonitorApi, 'downtimes' | 'receiving'>, clock: Clock) {
  const { downtimes } = monitor;
  return new OpenAPIHono<ApiEnv>()
    .openapi(getDowntimes, (c) => c.json(downtimes.list().map(oldDowntime), 200))
    .openapi(postDowntime, async (c) => {
      const { hostname, start_time, end_time, reason } = c.req.valid('json');
      const zone = monitor.receiving.assumedZone(hostname);
      const instant = (moment: Moment) => instantOf(moment, zone, clock.now());
      const named = reason?.trim() ?? '';
      const view = await downtimes.add({
        name: named === '' ? 'Downtime' : named,
        enabled: true,
        ...(hostname !== everyHost && { hosts: [hostname] }),
        from: instant(start_time),
        to: instant(end_time),
      });
      return c.json(oldDowntime(view), 200);
    });
}

function oldDowntime({ downtime, active, next, state }: DowntimeView): z.infer<typeof oldDowntimeSchema> {
  const { id, name, hosts, from, to } = downtime;
  const [coming] = next;
  const start = from ?? active?.from ?? coming?.from;
  const end = to ?? active?.to ?? coming?.to;
  return {
    id,
    hostname: hosts?.join(', ') ?? everyHost,
    start_time: start === undefined ? null : isoText(start),
    end_time: end === undefined ? null : isoText(end),
    reason: name,
    state,
  };
}
