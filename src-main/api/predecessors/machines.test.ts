import { beforeEach, describe, expect, test } from 'vitest';
import type { Host, HostDetail } from '../../contract/host.ts';
import { ApiDoor } from '../../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

const at = Date.UTC(2026, 10, 25, 12);
const record = {
  hostname: 'web-1',
  timestamp: '2026-11-25T12:00:00.000000+00:00',
  cpu: { average: 12.5, per_core: [10, 15] },
  memory: { total: 1000 * 2 ** 20, used: 400 * 2 ** 20, free: 600 * 2 ** 20, percent: 40 },
  disk: { total: 100 * 2 ** 30, used: 25 * 2 ** 30, free: 75 * 2 ** 30, percent: 25 },
};
const agentPost = {
  agent_id: 'agent-001',
  agent_name: 'Production-Server-01',
  timestamp: '2026-11-25T14:00:00.029778+02:00',
  system: { cpu_percent: 13.3, memory: { percent: 69.9 }, disk: { percent: 8.1 } },
  network: [
    { host: '8.8.8.8', port: 53, reachable: true, latency_ms: 11.5, status: 'up' },
    { host: 'nas', reachable: false, latency_ms: 0, status: 'down', error: 'timed out' },
  ],
};

async function send(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await door.ask(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...('Authorization' in headers ? {} : door.bearer('ingest')),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function read(path: string) {
  const answer = await door.ask(path, { headers: door.bearer('read') });
  return { status: answer.status, body: await answer.json() };
}

/** `source metric{labels}` → value of all that was handed on. */
function taken(): Record<string, number> {
  return Object.fromEntries(
    door.monitor.posts.flatMap(({ samples }) =>
      samples.map(({ source, metric, labels, value }) => {
        const key = Object.values(labels).join(',');
        return [`${source} ${metric}${key === '' ? '' : `{${key}}`}`, value];
      }),
    ),
  );
}

test('what monitor.py sends becomes the metrics that Plimsoll itself has', async () => {
  expect(await send('/ingest', record)).toEqual({
    status: 200,
    body: { status: 'ok', accepted: 11, duplicate: 0, rejected: 0, warnings: [] },
  });
  const [post] = door.monitor.posts;
  expect(post).toMatchObject({ host: 'web-1', address: '127.0.0.1', backlog: false, sentAt: null });
  expect(post?.sender.sources?.map(({ kind }) => kind)).toEqual(['cpu', 'memory', 'disk']);
  expect(new Set(post?.samples.map((sample) => sample.at))).toEqual(new Set([at]));
  expect(taken()).toEqual({
    'cpu cpu_percent': 12.5,
    'cpu cpu_core_percent{0}': 10,
    'cpu cpu_core_percent{1}': 15,
    'memory memory_percent': 40,
    'memory memory_total': 1000 * 2 ** 20,
    'memory memory_used': 400 * 2 ** 20,
    'memory memory_free': 600 * 2 ** 20,
    'disk disk_percent': 25,
    'disk disk_total_gb': 100,
    'disk disk_used_gb': 25,
    'disk disk_free_gb': 75,
  });
});

test('an agent is a host by its id, with its checks, and without a latency of what was not reached', async () => {
  expect((await send('/api/v1/metrics', agentPost)).status).toBe(200);
  expect(door.monitor.posts[0]).toMatchObject({
    host: 'agent-001',
    sender: { tags: { agent_name: 'Production-Server-01' } },
    samples: [{ at: at + 29 }, {}, {}, {}, {}, {}],
  });
  expect(taken()).toEqual({
    'cpu cpu_percent': 13.3,
    'memory memory_percent': 69.9,
    'disk disk_percent': 8.1,
    'reachability reachable{8.8.8.8:53}': 1,
    'reachability latency_ms{8.8.8.8:53}': 11.5,
    'reachability reachable{nas}': 0,
  });
});

describe('shapes that such clients send as well', () => {
  test.each<[string, Record<string, unknown>, Record<string, number>]>([
    [
      'plain numbers',
      { cpu: 1, memory: 2, disk: 3 },
      { 'cpu cpu_percent': 1, 'memory memory_percent': 2, 'disk disk_percent': 3 },
    ],
    [
      'what could not be read',
      { cpu: { percent: 5 }, memory: { percent: null }, disk: null },
      { 'cpu cpu_percent': 5 },
    ],
    [
      'volumes by name',
      { disk: { '/': { percent: 1 }, '/home': { percent: 2 } } },
      { 'disk disk_percent{/}': 1, 'disk disk_percent{/home}': 2 },
    ],
    [
      'a list of volumes',
      { disk_percent: 9, disk: [{ mountpoint: '/', total: 2 ** 30 }] },
      { 'disk disk_percent': 9, 'disk disk_total_gb{/}': 1 },
    ],
    ['GiB', { disk: { total: 465.5, used: 100 } }, { 'disk disk_total_gb': 465.5, 'disk disk_used_gb': 100 }],
    [
      'memory by names in GiB',
      { memory: { total_gb: 8, used_gb: 2.5 } },
      { 'memory memory_total': 8 * 2 ** 30, 'memory memory_used': 2.5 * 2 ** 30 },
    ],
    [
      'processors over all',
      { cpu: { overall: 7, per_core: [7] } },
      { 'cpu cpu_percent': 7, 'cpu cpu_core_percent{0}': 7 },
    ],
  ])('%s', async (_, body, samples) => {
    expect((await send('/ingest', { hostname: 'web-1', ...body })).status).toBe(200);
    expect(taken()).toEqual(samples);
  });

  test('seconds, milliseconds and no time at all; a time without zone is UTC, and that is said', async () => {
    const warningsOf = async (timestamp: unknown) =>
      (await send('/ingest', { hostname: 'web-1', cpu: 1, timestamp })).body['warnings'];
    for (const timestamp of [at / 1000, at, '2026-11-25T12:00:00Z', '2026-11-25 13:00:00+0100', null])
      expect(await warningsOf(timestamp)).toEqual([]);
    expect(await warningsOf('2026-11-25T12:00:00.000001')).toEqual([
      'timestamp names no time zone and is taken for UTC; where it is another, say so in hub.assumeZone of the settings',
    ]);
    const times = door.monitor.posts.map(({ samples }) => samples[0]?.at);
    expect(times).toEqual([at, at, at, at, door.clock.now(), at]);
  });

  test('a time without zone is in the zone that was said of its host, in the hour that comes twice as well', async () => {
    const assumedZone = (host: string) => (host === 'web-1' ? 'Europe/Berlin' : undefined);
    door.monitor.receiving = { ...door.monitor.receiving, assumedZone };
    const sent = async (hostname: string, timestamp: string) => {
      const { body } = await send('/ingest', { hostname, cpu: 1, timestamp });
      const said = (body['warnings'] as string[]).length;
      return [door.monitor.posts.at(-1)?.samples[0]?.at, said];
    };
    expect(await sent('web-1', '2026-11-25T13:00:00')).toEqual([at, 0]);
    expect(await sent('web-1', '2026-11-25T12:00:00Z')).toEqual([at, 0]);
    expect(await sent('web-2', '2026-11-25T12:00:00')).toEqual([at, 1]);
    for (const now of ['2026-10-25T00:30:05Z', '2026-10-25T01:30:05Z']) {
      door.clock.jump(Date.parse(now) - door.clock.now());
      expect(await sent('web-1', '2026-10-25T02:30:00')).toEqual([Date.parse(now) - 5000, 0]);
    }
  });

  test('who is refused for a time without zone is told what it was taken for', async () => {
    door.monitor.receive = () =>
      Promise.resolve({
        ...{ receivedAt: 1, accepted: 0, duplicate: 0 },
        items: [{ index: 0, code: 'future', field: 'at', message: 'is 3600 s ahead' }],
      });
    expect(
      await send('/ingest', { hostname: 'web-1', cpu: 1, timestamp: '2026-11-25T13:00:00' }),
    ).toMatchObject({
      status: 422,
      body: {
        error: {
          message: expect.stringMatching(
            /timestamp is 3600 s ahead; timestamp names no time zone .*assumeZone/,
          ),
        },
      },
    });
  });
});

describe('one bad item hides no good one', () => {
  const good = { memory: { percent: 40 } };
  test.each<[string, Record<string, unknown>, Record<string, number>, string[]]>([
    [
      'a number as text',
      { cpu: { percent: '3.2', per_core: [1, 'x', null] }, ...good },
      { 'cpu cpu_core_percent{0}': 1, 'memory memory_percent': 40 },
      ['cpu.percent: must be a number, not text', 'cpu.per_core[1]: must be a number, not text'],
    ],
    [
      'parts that are none',
      { cpu: true, disk: ['x', { percent: 5 }], system: [], network: {}, agent_name: 7, ...good },
      { 'memory memory_percent': 40, 'disk disk_percent': 5 },
      [
        'agent_name: must be a text of at most 200 characters, and is 7',
        'cpu: must be an object, not true',
        'disk[0]: must be an object, not text',
        'system: must be an object, not a list',
        'network: must be a list, not an object',
      ],
    ],
    [
      'checks',
      {
        ...good,
        network: [
          { port: 53, reachable: true },
          { host: 'nas', port: 'x', reachable: true },
          { host: 'nas', port: 99_999, reachable: true },
          { host: 'nas', reachable: 'yes', latency_ms: 4 },
        ],
      },
      { 'memory memory_percent': 40, 'reachability latency_ms{nas}': 4 },
      [
        'network[0].host: is missing: nobody knows what was checked',
        'network[1].port: must be a number, not text',
        'network[2].port: must be a whole number from 0 to 65535',
        'network[3].reachable: must be true or false, not text',
      ],
    ],
    [
      'volumes',
      { disk: { '/': { percent: [] }, '/home': { percent: 2 }, percent: 7 } },
      { 'disk disk_percent': 7, 'disk disk_percent{/home}': 2 },
      ['disk./.percent: must be a number, not a list'],
    ],
  ])('%s', async (_, body, samples, warnings) => {
    const answer = await send('/ingest', { hostname: 'web-1', ...body });
    expect(answer).toMatchObject({ status: 200, body: { rejected: warnings.length } });
    expect(taken()).toEqual(samples);
    expect(answer.body['warnings']).toEqual(warnings);
  });

  test('other names of a percentage are understood, and numbers that nobody knows are named', async () => {
    const { body } = await send('/ingest', {
      ...{ hostname: 'web-1', load: 3, swap_usage: 4, disk_usage: 1 },
      memory: { total: 44 * 2 ** 30, percentage: 44, swap: 1 },
      cpu: { usage_average: 5.5 },
    });
    expect(taken()).toEqual({
      'cpu cpu_percent': 5.5,
      'memory memory_percent': 44,
      'memory memory_total': 44 * 2 ** 30,
      'disk disk_percent': 1,
    });
    expect(body).toMatchObject({ accepted: 4, rejected: 0 });
    expect(body['warnings']).toEqual([
      'load is not known and was not stored',
      'swap_usage is not known and was not stored',
      'memory.swap is not known and was not stored',
    ]);
  });

  test('nothing good at all is refused, with every reason', async () => {
    expect(await send('/ingest', { hostname: 'web-1', cpu: 'x', memory: { percent: 'y' } })).toMatchObject({
      status: 422,
      body: {
        error: {
          problems: [
            { path: 'cpu', message: 'must be an object, not text' },
            { path: 'memory.percent', message: 'must be a number, not text' },
          ],
        },
      },
    });
  });

  test('no more is said than can be read', async () => {
    const per_core = Array.from({ length: 600 }, () => 'x');
    const { body } = await send('/ingest', { hostname: 'web-1', memory: 1, cpu: { per_core } });
    expect(body['warnings']).toHaveLength(50);
  });
});

describe.each([
  ['/ingest', record],
  ['/api/v1/metrics', agentPost],
])('%s refuses', (path, good) => {
  test.each<[string, string, number]>([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['null', 'null', 422],
    ['a text', '"x"', 422],
    ['a list', '[]', 422],
    ['no numbers', '{"hostname":"web-1"}', 422],
    ['no host', '{"cpu":1}', 422],
    ['a host with a line feed', '{"hostname":"a\\nb","cpu":1}', 422],
    ['a number as text', '{"hostname":"web-1","cpu":{"percent":"13.3"}}', 422],
    ['a time that is none', '{"hostname":"web-1","cpu":1,"timestamp":"yesterday"}', 422],
    ['a key twice', '{"hostname":"a","hostname":"b","cpu":1}', 400],
    ['1 MiB + 1', ' '.repeat(1024 * 1024 + 1), 413],
  ])('%s', async (_, body, status) => {
    expect((await send(path, body)).status).toBe(status);
    expect(door.monitor.posts).toEqual([]);
  });

  test('another type, no token, a token that may only read, and one of another host', async () => {
    const bound = {
      Authorization: `Bearer ${door.access.createToken('t', 'ingest', { host: 'other' }).token}`,
    };
    expect((await send(path, good, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await send(path, good, { Authorization: 'Bearer none' })).status).toBe(401);
    expect((await send(path, good, door.bearer('read'))).status).toBe(403);
    expect((await send(path, good, bound)).status).toBe(403);
    expect(door.monitor.posts).toEqual([]);
  });

  test('what was not stored at all, with the code of the reason', async () => {
    const refuse = (code: 'future' | 'conflict' | 'cardinality', field: 'at' | 'value') => {
      door.monitor.receive = ({ samples }) => {
        const items = samples.map((_, index) => ({ index, code, field, message: 'is not wanted' }));
        return Promise.resolve({ receivedAt: 1, accepted: 0, duplicate: 0, items });
      };
    };
    refuse('future', 'at');
    expect(await send(path, good)).toMatchObject({
      status: 422,
      body: { error: { problems: [{ path: 'timestamp', message: 'is not wanted' }] } },
    });
    refuse('conflict', 'value');
    expect((await send(path, good)).status).toBe(409);
    refuse('cardinality', 'value');
    expect((await send(path, good)).status).toBe(429);
  });

  test('no one without a token in a network that needs none', async () => {
    door.monitor.receiving = { ...door.monitor.receiving, allowAnonymousFrom: ['192.168.1.0/24'] };
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(good),
    };
    expect((await door.ask(path, init, '192.168.1.7')).status).toBe(200);
    expect((await door.ask(path, init, '192.168.2.7')).status).toBe(401);
  });
});

test('/history has the last 1000 records as they were sent, newest last, and no record twice', async () => {
  expect(await read('/history')).toEqual({ status: 200, body: [] });
  const token = door.bearer('ingest');
  for (let n = 0; n < 1002; n++) await send('/ingest', { ...record, extra: n }, token);
  door.monitor.receive = () => Promise.resolve({ receivedAt: 1, accepted: 0, duplicate: 11, items: [] });
  await send('/ingest', { ...record, extra: 'again' });
  const { body } = (await read('/history')) as { body: { extra: number }[] };
  expect([body.length, body[0]?.extra, body.at(-1)]).toEqual([1000, 2, { ...record, extra: 1001 }]);
  door.monitor.receiving = { ...door.monitor.receiving, historyRecords: 3 };
  const fewer = (await read('/history')).body as { extra: number }[];
  expect(fewer.map(({ extra }) => extra)).toEqual([999, 1000, 1001]);
});

test('agents and the newest of one are told as its agents send it', async () => {
  const host: Host = {
    ...{ host: 'agent-001', state: 'online', maySleep: false, registeredAt: at, lastSeenAt: at + 1000 },
    ...{
      intervalSeconds: 60,
      address: null,
      agent: null,
      ownerTags: [],
      judges: [],
      tags: { agent_name: 'One' },
      sources: [],
    },
    ...{ clockSkewMs: null, series: 4, accepted: 4, implausible: 0, rejected: 0 },
  };
  const sample = (source: string, metric: string, value: number, labels: Record<string, string> = {}) => ({
    ...{ host: 'agent-001', source, metric, labels, value, at, unit: 'none' },
  });
  const latest: HostDetail['latest'] = [
    sample('cpu', 'cpu_percent', 13.3),
    sample('cpu', 'cpu_percent', 99, { plausible: 'no' }),
    sample('memory', 'memory_percent', 69.9),
    sample('disk', 'disk_total_gb', 2),
    { ...sample('reachability', 'latency_ms', 7, { target: 'nas' }), at: at - 60_000 },
    sample('reachability', 'reachable', 0, { target: 'nas' }),
    sample('reachability', 'reachable', 1, { target: '8.8.8.8:53' }),
    sample('reachability', 'latency_ms', 11.5, { target: '8.8.8.8:53' }),
  ];
  const unknown = door.monitor.hosts.detail;
  // One of our own agents says its name in its own way.
  const ours: Host = { ...host, host: 'agent-002', tags: {}, agent: { name: 'Two' } };
  const nameless: Host = { ...host, host: 'agent-003', tags: {} };
  door.monitor.hosts.list = () => [host, ours, nameless];
  door.monitor.hosts.detail = (name) => (name === host.host ? { ...host, latest } : unknown(name));
  const seen = { first_seen: '2026-11-25T12:00:00.000Z', last_seen: '2026-11-25T12:00:01.000Z' };
  expect((await read('/api/v1/agents')).body).toEqual([
    { agent_id: 'agent-001', agent_name: 'One', status: 'online', ...seen },
    { agent_id: 'agent-002', agent_name: 'Two', status: 'online', ...seen },
    { agent_id: 'agent-003', agent_name: 'agent-003', status: 'online', ...seen },
  ]);
  expect((await read('/api/v1/metrics/agent-001/latest')).body).toEqual({
    ...{ agent_id: 'agent-001', agent_name: 'One', timestamp: '2026-11-25T12:00:00.000Z' },
    system: { cpu_percent: 13.3, memory: { percent: 69.9 }, disk: { total: 2 * 2 ** 30 } },
    network: [
      { host: 'nas', reachable: false },
      { host: '8.8.8.8', port: 53, reachable: true, latency_ms: 11.5 },
    ],
  });
  expect((await read('/api/v1/metrics/nobody/latest')).status).toBe(404);
});
