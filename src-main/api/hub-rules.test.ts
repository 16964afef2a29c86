import { beforeEach, expect, test } from 'vitest';
import { ruleSchema } from '../contract/rule.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { FakeMonitor } from '../testing/fake-monitor.ts';

const rule = ruleSchema.parse({
  ...{ id: 'busy', name: 'Busy', source: 'cpu', metric: 'cpu_percent', judgedBy: 'agent', hosts: ['web-*'] },
  ...{ comparison: 'greater_than', threshold: 80, severity: 'critical' },
});
const ofHub = { ...rule, id: 'here', name: 'Here', judgedBy: undefined };

let door: ApiDoor;
beforeEach(() => (door = new ApiDoor(new FakeMonitor({ rules: [rule, ofHub] }))));

const bound = (host: string) => ({
  Authorization: `Bearer ${door.access.createToken(host, 'ingest', { host }).token}`,
});
const ask = (host: string, headers: Record<string, string>) =>
  door.ask(`/api/v1/agent/rules?host=${encodeURIComponent(host)}`, { headers });

test('an agent sees what it is to judge, without what is none of its business', async () => {
  const answer = await ask('web-1', bound('web-1'));
  expect(answer.status).toBe(200);
  const { hosts: _hosts, judgedBy: _judgedBy, enabled: _enabled, ...handed } = rule;
  expect(await answer.json()).toEqual({ rules: [handed] });
  expect(await (await ask('db-1', bound('db-1'))).json()).toEqual({ rules: [] });
});

test('is told that nothing has changed, until something has', async () => {
  const headers = bound('web-1');
  const tag = (await ask('web-1', headers)).headers.get('ETag') ?? '';
  expect(tag).toMatch(/^"[\w-]{22}"$/);
  const same = await ask('web-1', { ...headers, 'If-None-Match': `"old", W/${tag}` });
  expect([same.status, same.headers.get('ETag'), await same.text()]).toEqual([304, tag, '']);
  const { settings, revision } = door.monitor.settings.view();
  await door.monitor.settings.change({ ...settings, rules: [{ ...rule, threshold: 90 }] }, revision);
  const other = await ask('web-1', { ...headers, 'If-None-Match': tag });
  expect(await other.json()).toMatchObject({ rules: [{ threshold: 90 }] });
});

test('nobody reads the rules of another host, and a token for all hosts those of none', async () => {
  expect((await ask('web-2', bound('web-1'))).status).toBe(403);
  expect((await ask('web-1', door.bearer('ingest'))).status).toBe(403);
  expect((await ask('web-1', door.bearer('read'))).status).toBe(403);
  expect((await ask('web-1', {})).status).toBe(401);
  expect((await ask('web-1', door.bearer('admin'))).status).toBe(200);
  expect((await ask('a\nb', door.bearer('admin'))).status).toBe(422);
});

test('the owner of a machine sees what its hub says', async () => {
  expect((await door.own('GET', '/api/v1/hub-rules')).body).toEqual({
    ...{ hub: null, heardAt: null, problem: null, rules: [] },
  });
  expect((await door.own('PUT', '/api/v1/hub-rules/busy', { on: false })).status).toBe(404);
});
