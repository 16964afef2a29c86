import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { shortIngest } from '../api/short-ingest.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import { PlimsollError } from '../contract/error.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';

/** Two listeners for one monitor: one with the short path, and one without. */
let door: ApiDoor;
let both: [Listener, Listener];
const first = () => both[0];
const second = () => both[1];
let token: string;
let reader: string;
let ownHost: string;
let shortAnswers = 0;

beforeAll(async () => {
  door = new ApiDoor();
  const ingest = shortIngest(door.monitor, door.access, (error) => door.unexpected.push(error));
  const short: ShortIngest = {
    may: (authorization) => ingest.may(authorization),
    take: (post) => {
      const answering = ingest.take(post);
      if (answering !== undefined) shortAnswers++;
      return answering;
    },
  };
  const usual = { answer: door.app.fetch, host: '127.0.0.1', port: 0, fallbackToFreePort: false };
  both = [await listen({ ...usual, short }), await listen(usual)];
  token = door.bearer('ingest').Authorization;
  reader = door.bearer('read').Authorization;
  ownHost = `Bearer ${door.access.createToken('web-2', 'ingest', { host: 'web-2' }).token}`;
});
afterAll(async () => {
  for (const listener of both) await listener.close();
});
beforeEach(() => {
  shortAnswers = 0;
  door.unexpected.length = 0;
});

const good = { source: 'cpu', metric: 'cpu_percent', value: 12.5, at: 1_795_000_000_000 };
const text = JSON.stringify({ host: 'web-1', batch: 'b', samples: [good] });

/** The answer of a listener, without what differs between answers. */
function ask(
  { url }: Listener,
  body: string | Buffer,
  headers: Record<string, string | string[]>,
): Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL('/api/v1/ingest', url), { method: 'POST', headers }, (response) => {
      let said = '';
      response.on('data', (part: Buffer) => (said += part.toString()));
      response.on('end', () => {
        const { date: _date, ...others } = response.headers;
        resolve({
          status: response.statusCode,
          headers: { ...others, 'content-type': others['content-type']?.replace(/; ?charset=UTF-8$/i, '') },
          text: said,
        });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const usual = (over: Record<string, string | string[]> = {}) => ({
  'Content-Type': 'application/json',
  'Content-Length': String(Buffer.byteLength(text)),
  Authorization: token,
  ...over,
});

test('an ordinary post goes the short way, and is answered as by the long one', async () => {
  const [short, long] = await Promise.all(both.map((listener) => ask(listener, text, usual())));
  expect(short?.status).toBe(200);
  expect(short).toEqual(long);
  expect(shortAnswers).toBe(1);
  expect(door.monitor.posts[0]).toEqual(door.monitor.posts[1]);
});

test.each([
  ['too much waits', new PlimsollError('too_many_requests', 'later', { retryAfterMs: 1200 }), 429],
  ['the disk is full', new PlimsollError('disk_full', 'no room', { retryAfterMs: 30_000 }), 507],
  ['history is away', new PlimsollError('stage_down', 'away', { retryAfterMs: 2000 }), 503],
  ['a bug', new Error('secret'), 500],
])('refused the same way: %s', async (_, thrown, status) => {
  const { receive } = door.monitor;
  door.monitor.receive = () => Promise.reject(thrown);
  const [short, long] = await Promise.all(both.map((listener) => ask(listener, text, usual())));
  door.monitor.receive = receive;
  expect(short?.status).toBe(status);
  expect(short).toEqual(long);
  expect(shortAnswers).toBe(1);
  expect(door.unexpected).toEqual(status === 500 ? [thrown, thrown] : []);
});

test.each<[string, () => Record<string, string | string[]>, string, number]>([
  ['a bad token', () => usual({ Authorization: 'Bearer wrong' }), text, 401],
  ['no token', () => ({ 'Content-Type': 'application/json' }), text, 401],
  ['two tokens (B-1)', () => usual({ Authorization: [token, token] }), text, 401],
  ['a token that reads', () => usual({ Authorization: reader }), text, 403],
  ['the token of another host (B-4)', () => usual({ Authorization: ownHost }), text, 403],
  ['another type (B-5)', () => usual({ 'Content-Type': 'text/plain' }), text, 415],
  ['no JSON (B-14)', () => usual(), `${text.slice(0, -1)}!`, 400],
  ['another shape', () => usual(), text.replace('samples', 'Samples'), 422],
  [
    'in pieces of no known size',
    () => ({ 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked', Authorization: token }),
    text,
    200,
  ],
  ['an unknown field', () => usual(), text.replace('"batch":"b"', '"other":"b"').padEnd(text.length), 200],
])('the long way: %s', async (_, headers, body, status) => {
  const given = {
    ...headers(),
    ...('Content-Length' in headers() && { 'Content-Length': String(body.length) }),
  };
  const [short, long] = [await ask(first(), body, given), await ask(second(), body, given)];
  expect(short.status).toBe(status);
  expect(short).toEqual(long);
  expect(shortAnswers).toBe(0);
});

test('a packed post goes the short way as well; what is no gzip, or too large unpacked, does not', async () => {
  const packed = gzipSync(text);
  const asPacked = (body: Buffer) =>
    usual({ 'Content-Encoding': 'gzip', 'Content-Length': String(body.byteLength) });
  const both = async (body: Buffer) => [
    await ask(first(), body, asPacked(body)),
    await ask(second(), body, asPacked(body)),
  ];
  const [short, long] = await both(packed);
  expect(short?.status).toBe(200);
  expect(short).toEqual(long);
  expect(shortAnswers).toBe(1);
  for (const [body, status] of [
    [Buffer.from(text), 400],
    [gzipSync(Buffer.alloc(9 * 1024 * 1024, 32)), 413],
  ] as const) {
    const [one, other] = await both(body);
    expect(one?.status).toBe(status);
    expect(one).toEqual(other);
  }
  expect(shortAnswers).toBe(1);
});

test('another page may not post the short way either', async () => {
  const [short, long] = await Promise.all(
    both.map((listener) => ask(listener, text, usual({ Origin: 'http://evil.example' }))),
  );
  expect(short?.status).toBe(403);
  expect(short).toEqual(long);
  expect(shortAnswers).toBe(0);
});

test('of somebody who may not send no body is waited for', async () => {
  for (const authorization of [`Bearer ${'x'.repeat(43)}`, reader]) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = usual({ Authorization: authorization, 'Content-Length': '100000' });
      const asked = request(new URL('/api/v1/ingest', first().url), { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      asked.flushHeaders();
    });
    expect(status).toBe(authorization === reader ? 403 : 401);
  }
  expect(shortAnswers).toBe(0);
});

test('where a token cannot be looked up the answer is 500, and the hub goes on', async () => {
  const { findToken } = door.monitor.access;
  door.monitor.access.findToken = () => {
    throw new Error('the disk cannot be read');
  };
  const unknown = usual({ Authorization: `Bearer ${door.access.createToken('late', 'ingest').token}` });
  expect((await ask(first(), text, unknown)).status).toBe(500);
  expect(door.unexpected).toHaveLength(1);
  door.monitor.access.findToken = findToken;
  expect((await ask(first(), text, unknown)).status).toBe(200);
});
