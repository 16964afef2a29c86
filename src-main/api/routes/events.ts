import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Clock } from '../../base/clock.ts';
import { liveEventSchema } from '../../contract/event.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Access } from '../access.ts';
import { failures } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { EventStream } from '../event-stream.ts';
import type { Guard } from '../guard.ts';
import { needs } from '../needs.ts';

const getEvents = createRoute({
  method: 'get',
  path: '/events',
  summary: 'What happens, while it happens',
  description:
    'Server-sent events: `ready` first, then one live event as JSON in each `data:`. ' +
    'After `{"type":"refresh"}` ask for the status again: events were left out.',
  ...needs.read,
  responses: {
    200: { description: 'Endless', content: { 'text/event-stream': { schema: liveEventSchema } } },
    ...failures,
  },
});

export function eventRoutes(monitor: MonitorApi, access: Access, guard: Guard, clock: Clock) {
  return new OpenAPIHono<ApiEnv>().openapi(getEvents, (c) => {
    const type = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };
    // This route also answers HEAD, for which nobody would ever read or end the stream.
    if (c.req.method === 'HEAD') return c.body(null, 200, type);
    const caller = guard.callerOf(c);
    const stream = new EventStream({
      clock,
      subscribe: (listener) => monitor.subscribe(listener, 'window'),
      isWelcome: () => access.stillGood(caller),
    });
    const end = (): void => stream.end();
    stream.onEnd(access.onRevoked(caller, end));
    // The transport closes, or the client disconnected before anything was written.
    for (const signal of [c.env.closing, c.req.raw.signal]) {
      if (signal === undefined) continue;
      signal.addEventListener('abort', end, { once: true });
      stream.onEnd(() => signal.removeEventListener('abort', end));
      if (signal.aborted) end();
    }
    return c.body(stream.body, 200, type);
  });
}
