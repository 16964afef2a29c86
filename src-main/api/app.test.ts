import { hc } from 'hono/client';
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { Settings } from '../contract/settings.ts';
import type { Status } from '../contract/status.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { FakeMonitor } from '../testing/fake-monitor.ts';
import type { Api } from './app.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function put(
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Record<string, string>,
): Promise<number> {
  const init = { method: 'PUT', headers, ...(body === undefined ? {} : { body }) };
  return (await door.app.request('/api/v1/settings', init, { carrier: { kind: 'socket' } })).status;
}

describe('bodies', () => {
  test('must be JSON by their type (B-5)', async () => {
    const { settings, revision } = door.monitor.settings.view();
    const body = JSON.stringify({ settings, revision });
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'application/json; charset=utf-16',
      '',
    ];
    for (const type of types) expect([type, await put(body, { 'Content-Type': type })]).toEqual([type, 415]);
    expect(await put(new TextEncoder().encode(body), {})).toBe(415);
    expect(door.monitor.settings.view().revision).toBe(revision);
    expect(await put(body, { 'Content-Type': 'Application/JSON; Charset="UTF-8"' })).toBe(200);
  });

  test('come as they are: nothing is unpacked', async () => {
    const { settings, revision } = door.monitor.settings.view();
    const body = JSON.stringify({ settings, revision });
    for (const encoding of ['gzip', 'identity, gzip', 'br'])
      expect(await put(body, { ...JSON_TYPE, 'Content-Encoding': encoding })).toBe(415);
    expect(await put(body, { ...JSON_TYPE, 'Content-Encoding': 'Identity' })).toBe(200);
  });

  test('must be there, be JSON, and have the right shape (B-13, B-14, B-17)', async () => {
    expect(await put('', JSON_TYPE)).toBe(400);
    expect(await put(undefined, JSON_TYPE)).toBe(400);
    expect(await put('{', JSON_TYPE)).toBe(400);
    expect(await put(Uint8Array.of(0x22, 0xff, 0x22), JSON_TYPE)).toBe(400);
    expect(await put('{"revision":"1","settings":{"name":"\\ud800"}}', JSON_TYPE)).toBe(400);
    expect(await put('{"revision":"1","revision":"2","settings":{}}', JSON_TYPE)).toBe(400);
    expect(await put('{"revision":"1","settings":{"__proto__":{"x":1}}}', JSON_TYPE)).toBe(400);
    for (const shape of [
      'null',
      '"x"',
      '1',
      '[]',
      '{}',
      '{"settings":[],"revision":"1"}',
      '{"settings":{},"revision":1}',
    ]) {
      expect([shape, await put(shape, JSON_TYPE)]).toEqual([shape, 422]);
    }
  });

  test('have at most 1 MiB (B-11)', async () => {
    expect(await put(`${' '.repeat(1024 * 1024 - 1)}{}`, JSON_TYPE)).toBe(413);
    expect(await put(`${' '.repeat(1024 * 1024 - 2)}{}`, JSON_TYPE)).toBe(422);
  });
});

describe('errors', () => {
  test('of shape list every problem with its path', async () => {
    expect(
      await door.own('GET', '/api/v1/history?host=a&source=b&metric=&from=2&to=x&points=0'),
    ).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'invalid_request',
          message: "the request's query does not have the right shape",
          problems: [
            { path: 'metric' },
            { path: 'to' },
            { path: 'points', message: 'must be from 1 to 5000' },
          ],
        },
      },
    });
  });

  test('of a number below the range say the range', async () => {
    expect((await door.own('GET', '/api/v1/alerts?limit=-1')).body).toMatchObject({
      error: { problems: [{ path: 'limit', message: 'must be from 1 to 1000' }] },
    });
  });

  test('of unknown routes and things are 404', async () => {
    for (const path of ['/api/v1/nothing', '/api', '/nothing', '/api/v1/alerts/x']) {
      expect(await door.own('GET', path)).toMatchObject({
        status: 404,
        body: { error: { code: 'not_found' } },
      });
    }
  });

  test('of known paths with another method are 405, with those that there are', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/api/v1/settings', 'GET, HEAD, PATCH, PUT'],
      ['GET', '/metrics.', null],
      ['PUT', '/api/v1/alerts/x/snooze', 'POST'],
      ['GET', '/ingest', 'POST'],
    ] as const) {
      const answer = await door.ask(path, { method, headers: door.bearer('admin') });
      expect([path, answer.status, answer.headers.get('Allow')]).toEqual([
        path,
        allow === null ? 404 : 405,
        allow,
      ]);
    }
  });

  test('that nobody expected are logged, and told without their insides', async () => {
    door.monitor.bug = new Error('password=hunter2');
    const answer = await door.own('GET', '/api/v1/status');
    expect(answer).toMatchObject({
      status: 500,
      body: {
        error: { code: 'internal', message: 'something went wrong inside; the log says what', problems: [] },
      },
    });
    expect(door.unexpected).toEqual([door.monitor.bug]);
  });
});

test('history is asked for by series', async () => {
  const query = new URLSearchParams({
    host: 'a',
    source: 'disk',
    metric: 'm',
    labels: '{"mount":"/"}',
    from: '1',
    to: '2',
  });
  expect((await door.own('GET', `/api/v1/history?${query.toString()}`)).body).toMatchObject({
    series: { host: 'a', source: 'disk', metric: 'm', labels: { mount: '/' } },
    at: [1],
  });
  query.set('labels', '{"mount":1}');
  expect(await door.own('GET', `/api/v1/history?${query.toString()}`)).toMatchObject({
    status: 422,
    body: { error: { problems: [{ path: 'labels' }] } },
  });
});

test('several series, their samples and the highest are asked for within bounds', async () => {
  const series = { host: 'a', source: 'disk', metric: 'm', labels: { mount: '/' } };
  const ask = { series: [series], from: 1, to: 2 };
  expect((await door.own('POST', '/api/v1/history/ranges', ask)).status).toBe(200);
  expect((await door.own('POST', '/api/v1/history/samples', ask)).body).toMatchObject({ next: null });
  expect((await door.own('GET', '/api/v1/history/top?metric=m&from=1&to=2')).status).toBe(200);
  expect((await door.own('GET', '/api/v1/history/series?text=disk')).body).toMatchObject({ total: 0 });
  expect((await door.own('GET', '/api/v1/history/latest?from=5&limit=7')).status).toBe(200);
  expect((await door.own('GET', '/api/v1/history/interruptions?from=1&to=2')).body).toEqual([]);
  expect(door.monitor.asked).toEqual([
    ['ranges', { ...ask, points: 500 }],
    ['samples', ask],
    ['top', { metric: 'm', by: 'avg', from: 1, to: 2, limit: 10 }],
    ['search', { text: 'disk', offset: 0, limit: 500 }],
    ['latest', { from: 5, offset: 0, limit: 7 }],
    ['interruptions', { from: 1, to: 2 }],
  ]);
  const refused = [
    await door.own('POST', '/api/v1/history/ranges', { ...ask, series: Array(25).fill(series) }),
    await door.own('POST', '/api/v1/history/ranges', { ...ask, points: 5001 }),
    await door.own('POST', '/api/v1/history/samples', { ...ask, to: 1 }),
    await door.own('GET', '/api/v1/history/top?metric=m&from=1&to=2&by=sum'),
    await door.own('GET', '/api/v1/history/series?limit=0'),
  ];
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
});

test('settings are changed on the revision they were read at', async () => {
  const read = await door.own('GET', '/api/v1/settings');
  expect(read).toMatchObject({
    body: { revision: '1', settings: { sources: [{ name: 'cpu', kind: 'cpu' }] } },
  });
  const { settings } = read.body as { settings: Settings };
  const body = { settings: { ...settings, sources: [] }, revision: '1' };
  expect(await door.own('PUT', '/api/v1/settings', body)).toMatchObject({
    status: 200,
    body: { revision: '2' },
  });
  expect(await door.own('PUT', '/api/v1/settings', body)).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict' } },
  });
});

test('a stage is restarted by name', async () => {
  expect((await door.own('POST', '/api/v1/stages/history/restart')).status).toBe(204);
  expect((await door.own('POST', '/api/v1/stages/other/restart')).status).toBe(422);
  expect(door.monitor.restarted).toEqual(['history']);
});

test('alerts are acknowledged and snoozed, and announcements paused, by those who may', async () => {
  const said = [
    await door.own('POST', '/api/v1/alerts/a1/acknowledge', { note: 'mine' }),
    await door.own('POST', '/api/v1/alerts/a1/acknowledge', {}),
    await door.own('DELETE', '/api/v1/alerts/a1/acknowledge'),
    await door.own('POST', '/api/v1/alerts/a1/snooze', { until: 99 }),
    await door.own('POST', '/api/v1/alerts/a1/snooze', { until: null }),
    await door.own('POST', '/api/v1/pause', { until: 77 }),
    await door.own('POST', '/api/v1/pause', { until: null }),
    await door.own('POST', '/api/v1/pause', { until: 'tomorrow' }),
    await door.own('POST', '/api/v1/pause', { until: 1.5 }),
  ];
  expect(said.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 204, 204, 422, 422]);
  expect(door.monitor.asked).toEqual([
    ['acknowledge', 'a1', 'mine'],
    ['acknowledge', 'a1', null],
    ['unacknowledge', 'a1'],
    ['snooze', 'a1', 99],
    ['snooze', 'a1', null],
    ['pause', 77],
    ['pause', null],
  ]);
});

describe('rules', () => {
  const rule = { source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 };

  test('get an id and a free name, and are changed and removed by id', async () => {
    const post = (name?: string) =>
      door.own('POST', '/api/v1/rules', {
        rule: { ...rule, name },
        revision: door.monitor.settings.view().revision,
      });
    const made = [await post('Größe: CPU!'), await post('größe: cpu!'), await post()];
    expect(made.map(({ status, body }) => [status, (body as { rule: object }).rule])).toMatchObject([
      [201, { id: 'gro-e-cpu', name: 'Größe: CPU!', consecutiveViolations: 1 }],
      [201, { id: 'gro-e-cpu-2', name: 'größe: cpu! 2' }],
      [201, { id: 'cpu-cpu-percent', name: 'cpu cpu_percent' }],
    ]);

    const changed = await door.own(
      'PUT',
      '/api/v1/rules/gro-e-cpu',
      { rule: { ...rule, id: 'other', name: 'New' } },
      { 'If-Match': '"4"' },
    );
    expect(changed).toMatchObject({
      status: 200,
      body: { rule: { id: 'gro-e-cpu', name: 'New' }, revision: '5' },
    });

    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=4')).toMatchObject({ status: 409 });
    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=5')).toMatchObject({ status: 200 });
    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=6')).toMatchObject({ status: 404 });
    const left = (await door.own('GET', '/api/v1/rules')).body;
    expect(left).toMatchObject({ rules: [{ id: 'gro-e-cpu' }, { id: 'cpu-cpu-percent' }], revision: '6' });
  });

  test('that are not valid say where, seen from the rule, and change nothing', async () => {
    await door.own('POST', '/api/v1/rules', { rule, revision: '1' });
    const sent = { ...rule, threshold: '80', cooldownSeconds: -1 };
    const expected = {
      status: 422,
      body: {
        error: {
          code: 'invalid_settings',
          message: expect.stringMatching(/^threshold: .* \(and 1 more\)$/) as string,
          problems: [{ path: 'threshold' }, { path: 'cooldownSeconds' }],
        },
      },
    };
    expect(await door.own('POST', '/api/v1/rules', { rule: sent, revision: '2' })).toMatchObject(expected);
    const put = { rule: { ...sent, name: 'x' }, revision: '2' };
    expect(await door.own('PUT', '/api/v1/rules/cpu-cpu-percent', put)).toMatchObject(expected);
    expect(
      await door.own('POST', '/api/v1/rules', { rule: { ...rule, name: 7 }, revision: '2' }),
    ).toMatchObject({
      status: 422,
      body: { error: { problems: [{ path: 'name' }] } },
    });
    expect(await door.own('POST', '/api/v1/rules', { rule })).toMatchObject({
      status: 422,
      body: { error: { problems: [{ path: 'revision' }] } },
    });
    expect(door.monitor.settings.view().revision).toBe('2');
  });

  test('that take the name of another say so at the name, whichever of the two is changed', async () => {
    for (const name of ['first', 'second']) {
      const { revision } = door.monitor.settings.view();
      await door.own('POST', '/api/v1/rules', { rule: { ...rule, name }, revision });
    }
    for (const [id, name] of [
      ['first', 'Second'],
      ['second', 'FIRST'],
    ]) {
      expect(
        await door.own('PUT', `/api/v1/rules/${id}`, { rule: { ...rule, name }, revision: '3' }),
      ).toMatchObject({
        status: 422,
        body: { error: { problems: [{ path: 'name' }] } },
      });
    }
  });
});

test('the API describes itself: every route, every named shape', async () => {
  const { body } = await door.own('GET', '/api/v1/openapi.json');
  const { paths, components } = body as { paths: Record<string, object>; components: { schemas: object } };
  const routes = door.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'));
  expect(Object.keys(paths).sort()).toEqual([...new Set(routes)].sort());
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(['Alert', 'LiveEvent', 'Rule', 'Settings', 'Status']),
  );
});

test('the client is typed by the routes', async () => {
  const carrier = { kind: 'window' } as const;
  const client = hc<Api>('http://window', {
    fetch: (input: Parameters<typeof fetch>[0], init?: RequestInit) =>
      door.app.request(input, init, { carrier }),
  });
  const answer = await client.api.v1.status.$get();
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  const status = await answer.json();
  expectTypeOf(status).toExtend<Status>();
  expectTypeOf(status.alerts).toEqualTypeOf<Alert[]>();
  expect(status.host).toBe('here');
  const missing = await client.api.v1.alerts[':id'].$get({ param: { id: 'x' } });
  if (missing.ok) expectTypeOf((await missing.json()).alert).toEqualTypeOf<Alert>();
  expect(missing.status).toBe(404);
});

test('sections of the settings are replaced, and the others stay', async () => {
  const before = (await door.own('GET', '/api/v1/settings')).body as { settings: Settings; revision: string };
  const sections = { sources: [{ name: 'memory', kind: 'memory' }] };
  const changed = await door.own('PATCH', '/api/v1/settings', { sections, revision: before.revision });
  expect(changed).toMatchObject({
    status: 200,
    body: {
      settings: {
        ...before.settings,
        sources: [{ name: 'memory', kind: 'memory', enabled: true }],
      },
    },
  });
  expect(await door.own('PATCH', '/api/v1/settings', { sections, revision: before.revision })).toMatchObject({
    status: 409,
  });
});

test('a form is handed to the monitor as it is, a file as its text', async () => {
  const source = { kind: 'http', url: 'http://127.0.0.1/', password: { plain: 'x' } };
  expect(await door.own('POST', '/api/v1/sources/sample', { source })).toMatchObject({ status: 200 });
  const destination = { kind: 'slack' };
  expect(await door.own('POST', '/api/v1/destinations/test', { destination })).toMatchObject({
    status: 200,
    body: { arrived: true, said: 'taken' },
  });
  await door.own('POST', '/api/v1/settings/import', { text: 'a: 1' });
  expect(await door.own('POST', '/api/v1/settings/import', { text: 'a: 1', revision: '1' })).toMatchObject({
    body: { applied: true },
  });
  expect(door.monitor.asked).toEqual([
    ['sample', source],
    ['test', destination],
    ['import', 'a: 1', null],
    ['import', 'a: 1', '1'],
  ]);
  expect(await door.own('GET', '/api/v1/settings/export')).toMatchObject({ body: { text: 'version: 1\n' } });
  expect(await door.own('POST', '/api/v1/settings/convert')).toMatchObject({
    body: { location: '/somewhere/plimsoll.yaml' },
  });
});

describe('exporting alerts', () => {
  test('streams a file of what the filter finds', async () => {
    const path = '/api/v1/alerts/export?format=csv&severity=critical&rule=a&text=b&from=5';
    const answer = await door.app.request(path, {}, { carrier: { kind: 'socket' } });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'first second',
    ]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="plimsoll-alerts.csv"');
    const filter = { severity: 'critical', ruleId: 'a', text: 'b', from: 5 };
    expect(door.monitor.asked).toEqual([['export', filter, 'csv']]);
    expect((await door.own('GET', '/api/v1/alerts/export')).status).toBe(422);
  });
});

test('who may only read is shown no secret that stands in an address', async () => {
  door = new ApiDoor(
    new FakeMonitor({
      sources: [
        { name: 'shop', kind: 'http', enabled: true, url: 'https://shop.example/stock?token=hunter2&page=2' },
      ],
    }),
  );
  const seen = await (await door.ask('/api/v1/settings', { headers: door.bearer('read') })).text();
  expect(seen).not.toContain('hunter2');
  expect(seen).toContain('page=2');
  expect(await (await door.ask('/api/v1/settings', { headers: door.bearer('admin') })).text()).toContain(
    'hunter2',
  );
  expect((await door.ask('/api/v1/settings/export', { headers: door.bearer('read') })).status).toBe(403);
});
