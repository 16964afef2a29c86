import { beforeEach, expect, test } from 'vitest';
import type { Settings } from '../contract/settings.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { FakeMonitor } from '../testing/fake-monitor.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
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
