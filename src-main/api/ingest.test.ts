import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import type { Post } from '../monitor/hosts/ingest.ts';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

const good = { source: 'cpu', metric: 'cpu_percent', value: 12.5, at: 1_795_000_000_000 };
const taken = { ...good, labels: {} };
const batchOf = (...samples: unknown[]) => ({ batch: 'b1', host: 'web-1', samples });

interface Answer {
  status: number;
  headers: Headers;
  body: {
    accepted?: number;
    rejected?: number;
    items?: { index: number; status: number; code: string; path: string }[];
    error?: { code: string; message: string };
  };
}

async function send(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...door.bearer('ingest'), ...headers },
    body,
  };
  const answer = await door.ask('/api/v1/ingest', init);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
}
const sendBatch = (batch: unknown) => send(JSON.stringify(batch));

test('a batch is handed on with all that its sender says, and unknown fields are tolerated', async () => {
  const more = { intervalSeconds: 10, maySleep: true, agent: { version: '1' }, tags: { role: 'web' } };
  const sample = { ...good, labels: { core: '1' }, unit: '%', more: [] };
  const sent = { ...batchOf(sample), ...more, backlog: true, extra: 1 };
  expect(await sendBatch({ ...sent, sentAt: '2026-11-25T12:00:00+01:00' })).toMatchObject({
    status: 200,
    body: { batch: 'b1', accepted: 1, duplicate: 0, rejected: 0, items: [] },
  });
  const [post] = door.monitor.posts;
  expect(post).toMatchObject({ host: 'web-1', address: '127.0.0.1', backlog: true, sender: more });
  expect(post?.sentAt).toBe(Date.UTC(2026, 10, 25, 11));
  expect(post?.samples).toEqual([{ ...good, labels: { core: '1' }, unit: '%' }]);
});

describe('samples one by one', () => {
  const withOver = (over: Record<string, unknown>) => JSON.stringify({ ...good, ...over });
  const withValue = (text: string) => JSON.stringify(good).replace('12.5', text);
  const manyLabels = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`l${at}`, '']));
  test.each([
    ['a number as text (B-16)', withValue('"13.3"'), '.value'],
    ['minus zero (B-16)', withValue('-0'), '.value'],
    ['1e999 (B-16)', withValue('1e999'), '.value'],
    ['20 digits (B-16)', withValue('12345678901234567890'), '.value'],
    ['null', withValue('null'), '.value'],
    ['true', withValue('true'), '.value'],
    ['a time without zone', withOver({ at: '2026-01-01T00:00:00' }), '.at'],
    ['half a millisecond', withOver({ at: 1.5 }), '.at'],
    ['no source', withOver({ source: '' }), '.source'],
    ['a source with a line feed', withOver({ source: 'a\nb' }), '.source'],
    ['a metric that turns the text round', withOver({ metric: 'a\u202eb' }), '.metric'],
    ['a label that is a number', withOver({ labels: { core: 1 } }), '.labels.core'],
    ['too many labels', withOver({ labels: manyLabels }), '.labels'],
    ['no object', '7', ''],
  ])('%s hides no good one', async (_, text, path) => {
    const answer = await send(
      `{"host":"web-1","samples":[${JSON.stringify(good)},${text},${JSON.stringify(good)}]}`,
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: 1 });
    expect(answer.body.items).toMatchObject([
      { index: 1, status: 400, code: 'invalid', path: `samples[1]${path}` },
    ]);
    expect(door.monitor.posts[0]).toMatchObject({ samples: [taken, taken], unreadable: 1 });
  });

  test('of 1000 with one bad one 999 are taken, and places are those of the body', async () => {
    const samples: unknown[] = Array.from({ length: 1000 }, (_, at) => ({ ...good, at: good.at + at }));
    samples[3] = null;
    door.monitor.receive = (post: Post) => {
      const items = [{ index: 500, code: 'conflict' as const, field: 'value' as const, message: 'other' }];
      return Promise.resolve({ receivedAt: 1, accepted: post.samples.length - 1, duplicate: 0, items });
    };
    const { status, body } = await sendBatch(batchOf(...samples));
    expect([status, body.accepted, body.rejected]).toEqual([200, 998, 2]);
    expect(body.items?.map((item) => [item.index, item.status, item.code, item.path])).toEqual([
      [3, 400, 'invalid', 'samples[3]'],
      [501, 409, 'conflict', 'samples[501].value'],
    ]);
  });
});

describe('bodies that are refused as a whole', () => {
  const text = JSON.stringify(batchOf(good));
  const nested = (depth: number) => `{"host":"h","samples":[],"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  test.each<[string, string | Uint8Array<ArrayBuffer>, number]>([
    ['nothing (B-13)', '', 400],
    ['null (B-13)', 'null', 422],
    ['a text (B-13)', '"x"', 422],
    ['a number (B-13)', '1', 422],
    ['a list of something', '[1]', 422],
    ['no host', '{"samples":[]}', 422],
    ['a host that is none', '{"host":"","samples":[]}', 422],
    ['bytes that are not UTF-8 (B-14)', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 400],
    ['half of a surrogate pair (B-14)', text.replace('web-1', '\\ud800'), 400],
    ['an overlong slash (B-14)', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 400],
    ['NaN (B-16)', text.replace('12.5', 'NaN'), 400],
    ['a key twice (B-17)', '{"host":"a","host":"b","samples":[]}', 400],
    ['__proto__ (B-17)', '{"host":"a","samples":[],"__proto__":{}}', 400],
    ['more than 16 levels', nested(16), 400],
    ['1 MiB + 1 (B-11)', ' '.repeat(1024 * 1024 + 1), 413],
    ['1,001 samples (B-22)', JSON.stringify(batchOf(...new Array<unknown>(1001).fill(good))), 413],
  ])('%s', async (_, body, status) => {
    expect((await send(body)).status).toBe(status);
    expect(door.monitor.posts).toEqual([]);
  });

  test('16 levels are not too many, and nothing at all is nothing (B-13)', async () => {
    expect((await send(nested(15))).status).toBe(200);
    expect(await send('[]')).toMatchObject({ status: 200, body: { accepted: 0, items: [] } });
    expect(await sendBatch(batchOf())).toMatchObject({ status: 200, body: { accepted: 0 } });
  });

  test.each([
    ['none', ''],
    ['a form', 'application/x-www-form-urlencoded'],
    ['text', 'text/plain'],
    ['UTF-16', 'application/json; charset=utf-16'],
  ])('another type (B-5): %s', async (_, type) => {
    expect((await send(text, { 'Content-Type': type })).status).toBe(415);
    expect(door.monitor.posts).toEqual([]);
  });
});

describe('packed bodies', () => {
  const gzip = { 'Content-Encoding': 'gzip' };
  const packed = (body: string) => new Uint8Array(gzipSync(body));

  test('are unpacked, to 8 MiB at most', async () => {
    const body = JSON.stringify({ ...batchOf(good), note: ' '.repeat(2 * 1024 * 1024) });
    expect((await send(packed(body), gzip)).body).toMatchObject({ accepted: 1 });
    const bomb = packed(' '.repeat(8 * 1024 * 1024 + 1));
    expect(bomb.byteLength).toBeLessThan(10_000);
    expect((await send(bomb, gzip)).status).toBe(413);
  });

  test('are refused where they are not what they say', async () => {
    const bytes = packed(JSON.stringify(batchOf(good)));
    expect((await send(bytes.slice(0, -9), gzip)).status).toBe(400);
    expect((await send('{}', gzip)).status).toBe(400);
    expect((await send(bytes, { 'Content-Encoding': 'gzip, gzip' })).status).toBe(415);
    expect((await send(bytes, { 'Content-Encoding': 'br' })).status).toBe(415);
    expect(door.monitor.posts).toEqual([]);
  });
});

describe('who may send', () => {
  const batch = JSON.stringify(batchOf(good));
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: batch };

  test('a token that is bound to a host sends for no other (B-4)', async () => {
    const bound = (host: string) => {
      const { token } = door.access.createToken(host, 'ingest', { host });
      return { Authorization: `Bearer ${token}` };
    };
    expect((await send(batch, bound('web-1'))).status).toBe(200);
    const refused = { status: 403, body: { error: { code: 'forbidden' } } };
    expect(await send(batch, bound('web-2'))).toMatchObject(refused);
    expect(door.monitor.posts).toHaveLength(1);
  });

  test('no token is taken from the address (B-1), and after ten bad ones a minute there is 429', async () => {
    const token = door.bearer('ingest').Authorization.slice('Bearer '.length);
    expect((await door.ask(`/api/v1/ingest?token=${token}&access_token=${token}`, post)).status).toBe(401);
    const bad = { Authorization: `Bearer plim_${'A'.repeat(43)}` };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) statuses.push((await send(batch, bad)).status);
    expect(statuses).toEqual([...new Array<number>(10).fill(401), 429, 429]);
    expect(Number((await send(batch, bad)).headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await send(batch)).status).toBe(200);
  });

  test('networks that are named need no token where old clients come, and nowhere else', async () => {
    door.monitor.receiving = {
      ...door.monitor.receiving,
      allowAnonymousFrom: ['192.168.1.0/24', 'fd00::/8'],
    };
    const ask = async (path: string, address: string, init: RequestInit = {}) =>
      (await door.ask(path, init, address)).status;
    expect(await ask('/api/v1/ingest', '192.168.1.7', post)).toBe(200);
    expect(await ask('/api/v1/ingest', 'fd12::7', post)).toBe(200);
    expect(await ask('/api/v1/ingest', '192.168.2.7', post)).toBe(401);
    expect(await ask('/api/v1/status', '192.168.1.7')).toBe(401);
    const wrong = { ...post, headers: { ...post.headers, Authorization: 'Bearer wrong' } };
    expect(await ask('/api/v1/ingest', '192.168.1.7', wrong)).toBe(401);
  });
});

test.each([
  ['disk_full', 507],
  ['stage_down', 503],
  ['too_many_requests', 429],
  ['cardinality', 429],
] as const)('what cannot be stored now is no success: %s', async (code, status) => {
  const failure = new PlimsollError(code, 'not now', { retryAfterMs: 1500 });
  door.monitor.receive = () => Promise.reject(failure);
  const answer = await sendBatch(batchOf(good));
  expect([answer.status, answer.headers.get('Retry-After'), answer.body.error?.code]).toEqual([
    status,
    '2',
    code,
  ]);
});

test('a batch of which there was room for nothing is refused as a whole', async () => {
  const full = { code: 'cardinality', field: null, message: 'full' } as const;
  door.monitor.receive = (post: Post) =>
    Promise.resolve({
      ...{ receivedAt: 1, accepted: 0, duplicate: 0 },
      items: post.samples.map((_, index) => ({ index, ...full })),
    });
  const refused = { status: 429, body: { error: { code: 'cardinality' } } };
  expect(await sendBatch(batchOf(good, good))).toMatchObject(refused);
});
