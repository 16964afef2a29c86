import { describe, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';
import { routeTableOf } from './route-table.ts';
import type { Need } from './needs.ts';

const PARAMETERS: Record<string, string> = {
  ':id': 'nobody',
  ':name': 'nobody',
  ':stage': 'history',
  ':host': 'nobody',
  ':agent_id': 'nobody',
  ':hostname': 'nobody',
  ':metric': 'nothing',
};

type Shown = 'none' | 'wrong' | 'ingest' | 'read' | 'admin' | 'session' | 'socket';
const ALLOWED: Record<Need, readonly Shown[]> = {
  public: ['none', 'wrong', 'ingest', 'read', 'admin', 'session', 'socket'],
  anyone: ['ingest', 'read', 'admin', 'session', 'socket'],
  ingest: ['ingest', 'admin', 'session', 'socket'],
  read: ['read', 'admin', 'session', 'socket'],
  admin: ['admin', 'session', 'socket'],
};

/** What a route with this need answers to what was shown, as far as access goes. */
function expected(need: Need, shown: Shown): 'in' | 401 | 403 {
  if (ALLOWED[need].includes(shown)) return 'in';
  return shown === 'none' || shown === 'wrong' ? 401 : 403;
}

async function outcome(method: string, path: string, shown: Shown): Promise<'in' | number> {
  const door = new ApiDoor();
  const headers = {
    none: () => ({}),
    wrong: () => ({ Authorization: `Bearer plim_${'A'.repeat(43)}` }),
    ingest: () => door.bearer('ingest'),
    read: () => door.bearer('read'),
    admin: () => door.bearer('admin'),
    session: () => door.cookie(),
    socket: () => ({}),
  };
  const init = { method, headers: { ...(await Promise.resolve(headers[shown]())) } };
  const carrier =
    shown === 'socket'
      ? ({ kind: 'socket' } as const)
      : ({ kind: 'listener', address: '127.0.0.1', port: 8888, isTls: false } as const);
  const answer = await door.app.request(path, init, { carrier });
  await answer.body?.cancel();
  return answer.status === 401 || answer.status === 403 ? answer.status : 'in';
}

describe('every route', () => {
  const { app } = new ApiDoor();
  const table = routeTableOf(app.openAPIRegistry);
  const routes = [
    ...new Set(app.routes.filter(({ method }) => method !== 'ALL').map((r) => `${r.method} ${r.path}`)),
  ];

  test('declares what it needs: anybody for the front, admin for every change, and ingest for numbers', () => {
    const declared = Object.fromEntries(routes.map((route) => [route, table.get(route)?.need]));
    expect(declared).toEqual({
      'GET /': 'public',
      'GET /healthz': 'public',
      'GET /metrics': 'read',
      'PATCH /api/v1/settings': 'admin',
      'POST /api/v1/settings/import': 'admin',
      'GET /api/v1/settings/export': 'admin',
      'POST /api/v1/rules/backtest': 'read',
      'POST /api/v1/rules/suggest': 'read',
      'GET /api/v1/reports': 'read',
      'GET /api/v1/reports/figures': 'read',
      'GET /api/v1/reports/content': 'read',
      'POST /api/v1/reports': 'admin',
      'GET /api/v1/reports/:id/:name': 'read',
      'POST /api/v1/settings/convert': 'admin',
      'POST /api/v1/sources/sample': 'admin',
      'POST /api/v1/destinations/test': 'admin',
      'POST /api/v1/destinations/reach': 'read',
      'POST /api/v1/destinations/preview': 'read',
      'GET /api/v1/status': 'read',
      'GET /api/v1/kinds': 'read',
      'GET /api/v1/listening': 'read',
      'POST /api/v1/stages/:stage/restart': 'admin',
      'POST /api/v1/push/:name': 'ingest',
      'POST /api/v1/ingest': 'ingest',
      'POST /metrics': 'ingest',
      'GET /fetch/latest': 'read',
      'GET /fetch/hosts': 'read',
      'GET /fetch/history/:hostname/:metric': 'read',
      'POST /alert_config': 'admin',
      'POST /alert_state': 'admin',
      'GET /fetch/recent_alerts': 'read',
      'GET /downtime': 'read',
      'POST /downtime': 'admin',
      'POST /aggregate': 'admin',
      'POST /api/v1/write': 'ingest',
      'POST /write': 'ingest',
      'POST /api/v2/write': 'ingest',
      'POST /ingest': 'ingest',
      'GET /history': 'read',
      'POST /api/v1/metrics': 'ingest',
      'GET /api/v1/agents': 'read',
      'GET /api/v1/metrics/:agent_id/latest': 'read',
      'GET /api/v1/hosts': 'read',
      'GET /api/v1/hosts/:host': 'read',
      'DELETE /api/v1/hosts/:host': 'admin',
      'PUT /api/v1/hosts/:host/tags': 'admin',
      'GET /api/v1/fleet': 'read',
      'GET /api/v1/fleet/metrics': 'read',
      'POST /api/v1/enrolments': 'admin',
      'GET /api/v1/agent/rules': 'ingest',
      'GET /api/v1/hub-rules': 'read',
      'PUT /api/v1/hub-rules/:id': 'admin',
      'GET /api/v1/history': 'read',
      'GET /api/v1/history/series': 'read',
      'GET /api/v1/history/latest': 'read',
      'POST /api/v1/history/ranges': 'read',
      'POST /api/v1/history/samples': 'read',
      'GET /api/v1/history/top': 'read',
      'GET /api/v1/history/interruptions': 'read',
      'GET /api/v1/downtimes/occurrences': 'read',
      'GET /api/v1/history/check': 'admin',
      'GET /api/v1/history/export': 'admin',
      'GET /api/v1/history/size': 'read',
      'POST /api/v1/history/backup': 'admin',
      'GET /api/v1/alerts': 'read',
      'GET /api/v1/alerts/export': 'read',
      'GET /api/v1/alerts/:id': 'read',
      'POST /api/v1/drill': 'admin',
      'POST /api/v1/alerts/:id/acknowledge': 'admin',
      'DELETE /api/v1/alerts/:id/acknowledge': 'admin',
      'POST /api/v1/alerts/:id/snooze': 'admin',
      'DELETE /api/v1/alerts/:id/snooze': 'admin',
      'POST /api/v1/pause': 'admin',
      'GET /api/v1/deliveries': 'read',
      'POST /api/v1/deliveries/:id/retry': 'admin',
      'GET /api/v1/destinations': 'read',
      'POST /api/v1/destinations/retry': 'admin',
      'GET /api/v1/downtimes': 'read',
      'POST /api/v1/downtimes': 'admin',
      'POST /api/v1/downtimes/preview': 'admin',
      'PUT /api/v1/downtimes/:id': 'admin',
      'DELETE /api/v1/downtimes/:id': 'admin',
      'POST /api/v1/downtimes/:id/end': 'admin',
      'GET /api/v1/settings': 'read',
      'PUT /api/v1/settings': 'admin',
      'GET /api/v1/rules': 'read',
      'POST /api/v1/rules': 'admin',
      'PUT /api/v1/rules/:id': 'admin',
      'DELETE /api/v1/rules/:id': 'admin',
      'GET /api/v1/scripts': 'read',
      'GET /api/v1/scripts/text': 'admin',
      'POST /api/v1/scripts/approve': 'admin',
      'POST /api/v1/scripts/revoke': 'admin',
      'POST /api/v1/session': 'public',
      'GET /api/v1/session': 'anyone',
      'DELETE /api/v1/session': 'anyone',
      'GET /api/v1/tokens': 'admin',
      'POST /api/v1/tokens': 'admin',
      'DELETE /api/v1/tokens/:id': 'admin',
      'POST /api/v1/tokens/:id/rotate': 'admin',
      'POST /api/v1/codes': 'admin',
      'GET /api/v1/events': 'read',
      'GET /api/v1/openapi.json': 'read',
    });
  });

  test.each(routes)('%s lets in whom it says, and nobody else', async (route) => {
    const need = table.get(route)?.need;
    if (need === undefined) throw new Error(`${route} does not declare what it needs`);
    const [method = '', pattern = ''] = route.split(' ');
    const path = pattern.replaceAll(/:\w+/g, (name) => PARAMETERS[name] ?? name);
    const all: Shown[] = ['none', 'wrong', 'ingest', 'read', 'admin', 'session', 'socket'];
    const seen: Record<string, unknown> = {};
    for (const shown of all) seen[shown] = await outcome(method, path, shown);
    expect(seen).toEqual(Object.fromEntries(all.map((shown) => [shown, expected(need, shown)])));
  });

  test('that declares nothing answers nobody', async () => {
    const door = new ApiDoor();
    door.app.get('/api/v1/forgotten', (c) => c.text('secret'));
    const answer = await door.own('GET', '/api/v1/forgotten');
    expect(answer.status).toBe(500);
    expect(door.unexpected).toEqual([new Error('GET /api/v1/forgotten does not declare what it needs')]);
  });
});
