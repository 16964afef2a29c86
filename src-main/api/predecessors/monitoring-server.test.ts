import { beforeEach, expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import type { Host, HostDetail } from '../../contract/host.ts';
import type { HistoryApi } from '../../monitor/records/history-api.ts';
import { ApiDoor } from '../../testing/api-door.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { lastSamples } from './last-samples.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

const at = Date.UTC(2026, 10, 25, 12);
const host: Host = {
  ...{ host: 'web-1', state: 'online', maySleep: false, registeredAt: at, lastSeenAt: at },
  ...{ intervalSeconds: 60, address: null, agent: null, ownerTags: [], judges: [], tags: {}, sources: [] },
  ...{ clockSkewMs: null, series: 2, accepted: 2, implausible: 0, rejected: 0 },
};
const sample = (metric: string, value: number, labels: Record<string, string> = {}) => ({
  ...{ host: 'web-1', source: 'metrics', metric, labels, value, at, unit: 'none' },
});

/** The hub knows web-1 with these series. */
function knows(...latest: HostDetail['latest']): void {
  const unknown = door.monitor.hosts.detail;
  door.monitor.hosts.list = () => [host];
  door.monitor.hosts.detail = (name) => (name === 'web-1' ? { ...host, latest } : unknown(name));
}

async function ask(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  scope: 'ingest' | 'read' | 'admin' = 'admin',
) {
  const init = {
    method,
    headers: { ...door.bearer(scope), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const answer = await door.ask(path, init);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

test('what scripts returned is stored by name; what they could not read is not', async () => {
  const metrics = { cpu_usage: 12.5, broken: null, disk: { free: 3, used: null } };
  expect(
    await ask('POST', '/metrics', { hostname: 'web-1', timestamp: at / 1000, metrics, more: 1 }, 'ingest'),
  ).toMatchObject({
    status: 200,
    body: { status: 'ok', accepted: 2 },
  });
  const common = { source: 'metrics', labels: {}, at };
  expect(door.monitor.posts).toMatchObject([{ host: 'web-1', sentAt: null }]);
  expect(door.monitor.posts[0]?.samples).toEqual([
    { ...common, metric: 'cpu_usage', value: 12.5 },
    { ...common, metric: 'disk.free', value: 3 },
  ]);
});

test('one bad metric hides no good one, and each is named', async () => {
  const metrics = {
    good: 1,
    ...{ text: 'x', yes: true, list: [1], '': 2, 'a\nb': 3 },
    ...{ disk: { free: 3, state: 'ok', deep: { more: 1 } }, long: null },
    ['n'.repeat(201)]: 4,
  };
  const { status, body } = await ask('POST', '/metrics', { hostname: 'web-1', metrics }, 'ingest');
  expect([status, door.monitor.posts[0]?.samples.map(({ metric }) => metric)]).toEqual([
    200,
    ['good', 'disk.free'],
  ]);
  expect(body).toMatchObject({ accepted: 2, rejected: 8 });
  expect((body as { warnings: string[] }).warnings).toEqual([
    'metrics.text: must be a number, not text',
    'metrics.yes: must be a number, not true',
    'metrics.list: must be a number, not a list',
    'metrics[""]: a metric needs a name',
    'metrics["a\\nb"]: must not contain control or direction characters',
    'metrics.disk.state: must be a number, not text',
    'metrics.disk.deep: must be a number, not an object',
    `metrics["${'n'.repeat(200)}"]: a name has at most 200 characters`,
  ]);
});

test.each<[string, string, number]>([
  ['nothing', '', 400],
  ['null', 'null', 422],
  ['a list', '[]', 422],
  ['no metrics', '{"hostname":"web-1"}', 422],
  ['metrics without a number', '{"hostname":"web-1","metrics":{"a":null}}', 422],
  ['a number as text', '{"hostname":"web-1","metrics":{"a":"1"}}', 422],
  ['NaN', '{"hostname":"web-1","metrics":{"a":NaN}}', 400],
])('/metrics refuses %s', async (_, body, status) => {
  expect((await ask('POST', '/metrics', body)).status).toBe(status);
  expect(door.monitor.posts).toEqual([]);
});

test('the newest values, the hosts, and the last values of one metric', async () => {
  knows(sample('cpu_usage', 12.5), sample('disk_percent', 40, { mount: '/' }));
  const timestamp = '2026-11-25T12:00:00.000Z';
  expect((await ask('GET', '/fetch/latest')).body).toEqual({
    'web-1': { cpu_usage: { value: 12.5, timestamp }, 'disk_percent{mount=/}': { value: 40, timestamp } },
  });
  expect((await ask('GET', '/fetch/hosts')).body).toEqual(['web-1']);
  door.monitor.history.range = (query) =>
    Promise.resolve({
      ...{ series: query, from: query.from, to: query.to, bucketMs: 0 },
      ...(query.to > at
        ? { at: [at - 1, at], min: [1, 2], avg: [1, 2], max: [1, 2] }
        : { at: [], min: [], avg: [], max: [] }),
    });
  expect((await ask('GET', '/fetch/history/web-1/cpu_usage?limit=1')).body).toEqual([
    { value: 2, timestamp },
  ]);
  expect((await ask('GET', '/fetch/history/web-1/cpu_usage')).body).toHaveLength(2);
  for (const limit of ['0', '-1', 'x', '10001'])
    expect((await ask('GET', `/fetch/history/web-1/cpu_usage?limit=${limit}`)).status).toBe(422);
  expect((await ask('GET', '/fetch/history/web-1/nothing')).status).toBe(404);
  expect((await ask('GET', '/fetch/history/web-2/cpu_usage')).status).toBe(404);
});

test('the machine that the hub runs on stands among the others, once', async () => {
  knows(sample('cpu_usage', 12.5));
  const status = door.monitor.status();
  const own = { ...sample('cpu_percent', 7), source: 'cpu' };
  const timestamp = '2026-11-25T12:00:00.000Z';
  door.monitor.status = () => ({ ...status, latest: [{ ...own, host: 'here' }] });
  expect((await ask('GET', '/fetch/hosts')).body).toEqual(['here', 'web-1']);
  expect((await ask('GET', '/fetch/latest')).body).toEqual({
    'web-1': { cpu_usage: { value: 12.5, timestamp } },
    here: { cpu_percent: { value: 7, timestamp } },
  });
  expect((await ask('GET', '/fetch/history/here/cpu_percent')).status).toBe(200);
  expect((await ask('GET', '/fetch/history/here/cpu_usage')).status).toBe(404);
  door.monitor.status = () => ({ ...status, host: 'web-1', latest: [own] });
  expect((await ask('GET', '/fetch/hosts')).body).toEqual(['web-1']);
  expect((await ask('GET', '/fetch/latest')).body).toEqual({
    'web-1': { cpu_usage: { value: 12.5, timestamp }, cpu_percent: { value: 7, timestamp } },
  });
});

test('no path leads to a file (B-25)', async () => {
  knows(sample('cpu_usage', 12.5));
  const ups = ['..', '%2e%2e', '.%2e', '%252e%252e', '..%00', '..%5c', '%c0%ae%c0%ae', '....'];
  const slashes = ['%2f', '%2F', '%5c', '%252f', '%c0%af'];
  const paths = ups.flatMap((up) => slashes.map((slash) => `${up}${slash}${up}${slash}etc${slash}passwd`));
  for (const path of [...paths, '..%2f..%2fetc/passwd', '%2fetc%2fpasswd', 'file:%2f%2f%2fetc%2fpasswd'])
    for (const whole of [
      `/fetch/history/${path}/x`,
      `/fetch/history/web-1/${path}`,
      `/api/v1/metrics/${path}/latest`,
    ])
      expect([whole, (await ask('GET', whole)).status]).toEqual([whole, 404]);
});

test('the last samples of a series are found across gaps, in bursts, and up to where they were forgotten', async () => {
  const second = 1000;
  const burst = Array.from({ length: 15_000 }, (_, n) => at - n * second).reverse();
  const old = Array.from({ length: 5 }, (_, n) => at - 400 * 86_400_000 - n * second).reverse();
  const all = [...old, ...burst];
  const forgotten = at - 500 * 86_400_000;
  let questions = 0;
  const range: HistoryApi['range'] = ({ from, to, points, ...series }) => {
    questions++;
    const found = all.filter((time) => time >= from && time < to);
    const isRaw = found.length <= points && from >= forgotten;
    const columns = { at: found, min: found, avg: found, max: found };
    return Promise.resolve({ series, from, to, bucketMs: isRaw ? 0 : 60_000, ...columns });
  };
  const series = { host: 'web-1', source: 'metrics', metric: 'm', labels: {} };
  const last = async (limit: number) =>
    (await lastSamples({ range }, series, { newestAt: at, everyMs: 60_000, limit })).map((one) => one.at);
  expect(await last(3)).toEqual(all.slice(-3));
  expect(await last(10_000)).toEqual(all.slice(-10_000));
  all.splice(5, burst.length - 2);
  questions = 0;
  expect(await last(100)).toEqual(all);
  expect(questions).toBeLessThanOrEqual(40);
});

test('/alert_config makes a rule once and changes it afterwards, also all at once', async () => {
  knows({ ...sample('cpu_percent', 12.5), source: 'cpu' });
  const config = {
    hostname: 'web-1',
    metric_name: 'cpu_percent',
    threshold_type: 'greater_than',
    threshold_value: 90,
  };
  const made = await ask('POST', '/alert_config', { ...config, consecutive_violations: 3, for: '5m' });
  expect(made).toMatchObject({
    status: 200,
    body: {
      created: true,
      rule: {
        ...{ id: 'alert-config-web-1-cpu-percent', source: 'cpu', metric: 'cpu_percent', hosts: ['web-1'] },
        ...{ comparison: 'greater_than', threshold: 90, consecutiveViolations: 3, forSeconds: 300 },
      },
    },
  });
  const thresholds = [91, 92, 93, 94, 95];
  const changes = await Promise.all(
    thresholds.map((threshold_value) => ask('POST', '/alert_config', { ...config, threshold_value })),
  );
  expect(changes.map(({ status, body }) => [status, (body as { created: boolean }).created])).toEqual(
    thresholds.map(() => [200, false]),
  );
  await ask('POST', '/alert_config', { ...config, threshold_type: '<', threshold_value: 5 });
  await ask('POST', '/alert_config', { ...config, hostname: '*', metric_name: 'new' });
  const { rules } = door.monitor.settings.view().settings;
  expect(
    rules.map((rule) => [
      rule.source,
      rule.metric,
      rule.comparison,
      rule.threshold,
      rule.hosts,
      rule.forSeconds,
    ]),
  ).toEqual([
    ['cpu', 'cpu_percent', 'greater_than', 95, ['web-1'], 300],
    ['cpu', 'cpu_percent', 'less_than', 5, ['web-1'], undefined],
    ['metrics', 'new', 'greater_than', 90, ['*'], undefined],
  ]);
  expect((await ask('POST', '/alert_config', { ...config, threshold_type: 'strange' })).status).toBe(422);
  expect((await ask('POST', '/alert_config', { ...config, threshold_value: '90' })).status).toBe(422);
});

test('/alert_state says to the monitor what is meant', async () => {
  const of = (state: string, more = {}) => ask('POST', '/alert_state', { id: 'a1', state, ...more });
  expect((await of('acknowledged', { note: 'mine' })).status).toBe(404);
  expect((await of('snoozed', { until: at })).status).toBe(404);
  expect((await of('resolved')).status).toBe(404);
  expect(door.monitor.asked).toEqual([
    ['acknowledge', 'a1', 'mine'],
    ['snooze', 'a1', at],
    ['snooze', 'a1', null],
  ]);
  expect((await ask('POST', '/alert_state', { state: 'resolved', hostname: 'web-1' })).status).toBe(422);
  expect(
    (await ask('POST', '/alert_state', { state: 'resolved', hostname: 'web-1', metric_name: 'm' })).status,
  ).toBe(404);
  expect((await ask('GET', '/fetch/recent_alerts')).body).toEqual([]);
});

test('/alert_state answers with what was asked for, and until when', async () => {
  const { alert } = exampleMessage();
  const firing: Alert = {
    ...alert,
    state: 'firing',
    resolvedAt: null,
    acknowledgedAt: at,
    snoozedUntil: at + 60_000,
  };
  const detail = { alert: firing, transitions: [], deliveries: [], contexts: [] };
  door.monitor.alerts.acknowledge = () => detail;
  door.monitor.alerts.snooze = () => detail;
  const until = new Date(at + 60_000).toISOString();
  for (const state of ['snoozed', 'acknowledged'])
    expect((await ask('POST', '/alert_state', { id: 'a1', state, until })).body).toMatchObject({
      alerts: [{ state, until }],
    });
});

test('/downtime plans one and lists it', async () => {
  const now = new Date();
  const from = new Date(now.getTime() + 3_600_000).toISOString();
  const to = new Date(now.getTime() + 7_200_000).toISOString();
  const planned = { hostname: 'web-1', start_time: from, end_time: to, reason: 'New disk' };
  expect(await ask('POST', '/downtime', planned)).toMatchObject({
    status: 200,
    body: { ...planned, id: 'new-disk' },
  });
  expect((await ask('GET', '/downtime', undefined, 'read')).body).toMatchObject([planned]);
  expect((await ask('POST', '/downtime', { ...planned, end_time: from })).status).toBe(422);
  expect((await ask('POST', '/downtime', { ...planned, start_time: 'soon' })).status).toBe(422);
});

test('of 200 aggregations at once one runs (B-26)', async () => {
  knows(
    sample('cpu_usage', 12.5),
    sample('disk_percent', 40, { mount: '/' }),
    sample('disk_percent', 41, { mount: '/b' }),
  );
  const ended = Promise.withResolvers<undefined>();
  const { range } = door.monitor.history;
  door.monitor.history.range = async (query) => {
    await ended.promise;
    return range(query);
  };
  const token = door.bearer('admin');
  const calls = Array.from({ length: 200 }, () => door.ask('/aggregate', { method: 'POST', headers: token }));
  const refused = await Promise.all(calls.slice(1));
  ended.resolve(undefined);
  const first = await calls[0];
  expect(refused.map(({ status }) => status)).toEqual(new Array(199).fill(429));
  expect(refused[0]?.headers.get('Retry-After')).toBe('5');
  expect([first?.status, await first?.json()]).toMatchObject([
    200,
    {
      hosts: 1,
      series: 3,
      metrics: { cpu_usage: { series: 1, min: 1, max: 1 }, disk_percent: { series: 2 } },
    },
  ]);
  expect((await ask('POST', '/aggregate', { from: at, to: at })).status).toBe(422);
  expect((await ask('POST', '/aggregate', { from: at, to: at + 1 })).status).toBe(200);
});
