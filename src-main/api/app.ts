import { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from '@hono/zod-openapi';
import type { Context, ErrorHandler, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';
import type { ListeningView } from '../contract/listening.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import type { Access } from './access.ts';
import { pathText, retryAfterOf } from './answers.ts';
import { BODY_BYTES_AT_MOST } from './body-sizes.ts';
import { strictBody } from './body.ts';
import type { ApiEnv } from './carrier.ts';
import { collectorRoutes } from './collectors/routes.ts';
import { answerOf, errorAnswer, statusOf } from './error-answer.ts';
import { Guard, Wait } from './guard.ts';
import type { Denial } from './guard.ts';
import { monitoringPlatformRoutes } from './predecessors/monitoring-platform.ts';
import { monitoringServerRoutes } from './predecessors/monitoring-server.ts';
import { resourceMonitoringRoutes } from './predecessors/resource-monitoring.ts';
import { serverAggregateRoutes } from './predecessors/server-aggregate.ts';
import { serverAlertRoutes } from './predecessors/server-alerts.ts';
import { serverDowntimeRoutes } from './predecessors/server-downtimes.ts';
import { serverRuleRoutes } from './predecessors/server-rules.ts';
import { methodsAt, routeOf, routeTableOf } from './route-table.ts';
import type { RouteTable } from './route-table.ts';
import { accessRoutes } from './routes/access.ts';
import { alertRoutes } from './routes/alerts.ts';
import { backtestRoutes } from './routes/backtests.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { downtimeRoutes } from './routes/downtimes.ts';
import { enrolmentRoutes } from './routes/enrolments.ts';
import { eventRoutes } from './routes/events.ts';
import { frontRoutes } from './routes/front.ts';
import { historyRoutes } from './routes/history.ts';
import { hostRoutes } from './routes/hosts.ts';
import { hubRuleRoutes } from './routes/hub-rules.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { listeningRoutes } from './routes/listening.ts';
import { openapiRoutes } from './routes/openapi.ts';
import { pushRoutes } from './routes/push.ts';
import { reportRoutes } from './routes/reports.ts';
import { ruleRoutes } from './routes/rules.ts';
import { scriptRoutes } from './routes/scripts.ts';
import { settingsRoutes } from './routes/settings.ts';
import { statusRoutes } from './routes/status.ts';

export interface ApiOptions {
  clock: Clock;
  /** Called for an unexpected error, which is a bug. The client gets only status 500. */
  onUnexpected: (error: unknown) => void;
  /** Called when a request is refused because it lacks permission. */
  onDenied: (denial: Denial) => void;
  /** The listening addresses; none if omitted. */
  listening?: () => ListeningView;
}

/**
 * The API as a function from `Request` to `Response` that knows nothing of sockets. Each transport passes the carrier
 * of the request (`app.fetch(request, { carrier })`). Unknown routes give 404, expected errors the status of their
 * code, and every error body is `{error: {code, message, problems}}`.
 */
export function createApi(monitor: MonitorApi, access: Access, options: ApiOptions) {
  const { clock, onUnexpected, onDenied, listening = listensNowhere } = options;
  const guard = new Guard(access, clock, onDenied, () => monitor.receiving.allowAnonymousFrom);
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseWrongShape });

  app.onError(answerError(onUnexpected));
  app.notFound((c) => nothingThere(c, routes));
  app.use(notStored);
  app.use(guard.middleware);
  app.use((c, next) => {
    const route = routes.get(routeOf(c) ?? '');
    if (route?.takesBody !== true) return next();
    return strictBody({ ...route, bytesAtMost: route.bodyBytes ?? BODY_BYTES_AT_MOST })(c, next);
  });

  const whole = app
    .route('/', frontRoutes(monitor))
    .route('/api/v1', statusRoutes(monitor))
    .route('/api/v1', listeningRoutes(listening))
    .route('/api/v1', historyRoutes(monitor))
    .route('/api/v1', alertRoutes(monitor))
    .route('/api/v1', deliveryRoutes(monitor))
    .route('/api/v1', downtimeRoutes(monitor))
    .route('/api/v1', settingsRoutes(monitor))
    .route('/api/v1', scriptRoutes(monitor))
    .route('/api/v1', backtestRoutes(monitor))
    .route('/api/v1', ruleRoutes(monitor))
    .route('/api/v1', reportRoutes(monitor))
    .route('/api/v1', pushRoutes(monitor))
    .route('/api/v1', ingestRoutes(monitor, guard))
    .route('/api/v1', hostRoutes(monitor, access))
    .route('/api/v1', hubRuleRoutes(monitor, guard))
    .route('/api/v1', enrolmentRoutes(monitor, access, clock))
    .route('/', monitoringServerRoutes({ monitor, guard }, clock))
    .route('/', serverRuleRoutes(monitor))
    .route('/', serverAlertRoutes(monitor))
    .route('/', serverDowntimeRoutes(monitor, clock))
    .route('/', serverAggregateRoutes(monitor, clock))
    .route('/', collectorRoutes({ monitor, guard }, clock))
    .route('/', resourceMonitoringRoutes({ monitor, guard }, clock))
    .route('/', monitoringPlatformRoutes({ monitor, guard }, clock))
    .route('/api/v1', accessRoutes(access, guard))
    .route('/api/v1', eventRoutes(monitor, access, guard, clock))
    .route(
      '/api/v1',
      openapiRoutes(() => describe()),
    );

  const routes = routeTableOf(whole.openAPIRegistry);
  guard.learn(routes);
  const describe = (): Record<string, unknown> => descriptionOf(whole, monitor.version);
  return whole;
}

type CheckedPart = { success: true } | { success: false; target: string; error: z.ZodError };

/** Throws where a part of a request is not as its route says. */
function refuseWrongShape(result: CheckedPart): void {
  if (result.success) return;
  const problems = result.error.issues.map(({ path, message }) => ({ path: pathText(path), message }));
  const where = result.target === 'json' ? 'body' : result.target;
  throw new PlimsollError('invalid_request', `the request's ${where} does not have the right shape`, {
    problems,
  });
}

/** Answers what was thrown, and tells `onUnexpected` of what is no `PlimsollError`. */
function answerError(onUnexpected: (error: unknown) => void): ErrorHandler<ApiEnv> {
  return (error, c) => {
    if (error instanceof Wait) c.header('Retry-After', String(error.seconds));
    else if (error instanceof PlimsollError) c.header('Retry-After', retryAfterOf(error));
    if (error instanceof PlimsollError) return c.json(answerOf(error), statusOf[error.code]);
    // Errors of Hono itself, such as a body that ends too early.
    if (error instanceof HTTPException && error.status < 500)
      return c.json(errorAnswer('usage', error.message), 400);
    onUnexpected(error);
    return c.json(errorAnswer('internal', 'something went wrong inside; the log says what'), 500);
  };
}

function nothingThere(c: Context<ApiEnv>, routes: RouteTable): Response {
  const { method, path } = c.req;
  const methods = methodsAt(routes, path);
  if (methods.length === 0) return c.json(errorAnswer('not_found', `there is nothing at ${path}`), 404);
  c.header('Allow', methods.join(', '));
  return c.json(errorAnswer('unsupported', `${path} takes ${methods.join(', ')}, and not ${method}`), 405);
}

/** Answers are private to their caller and describe the present. */
const notStored: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
};

/** The API as OpenAPI 3.1, with the ways to sign in. */
function descriptionOf(api: OpenAPIHono<ApiEnv>, version: string): Record<string, unknown> {
  const registry = api.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'plimsoll_<port>',
  });
  return { ...api.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Plimsoll', version } }) };
}

function listensNowhere(): ListeningView {
  const fixed = { address: false, tls: false, receives: false };
  return { open: [], problem: null, always: false, fixed };
}

/** The type of the API, for `hc<Api>` of `hono/client`. */
export type Api = ReturnType<typeof createApi>;
