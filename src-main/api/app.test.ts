import { hc } from 'hono/client';
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { Status } from '../contract/status.ts';
import { ApiDoor } from '../testing/api-door.ts';
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
      ['PUT', '/api/v1/alerts/x/snooze', 'DELETE, POST'],
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

test('a stage is restarted by name', async () => {
  expect((await door.own('POST', '/api/v1/stages/history/restart')).status).toBe(204);
  expect((await door.own('POST', '/api/v1/stages/other/restart')).status).toBe(422);
  expect(door.monitor.restarted).toEqual(['history']);
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
