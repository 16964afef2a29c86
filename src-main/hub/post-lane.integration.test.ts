import fc from 'fast-check';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shortIngest } from '../api/short-ingest.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { testCertificate } from '../testing/certificate.ts';
import { answerOn, opened, rawHttp } from '../testing/raw-http.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';

/** Two listeners for one monitor: one with the lane, and one with only Node's server. */
let door: ApiDoor;
let lane: Listener;
let node: Listener;
/** One with the lane that does not wait. */
let slow: Listener;
let token: string;
let short: ShortIngest;
let usual: Parameters<typeof listen>[0];
let taken = 0;
/** Posts are answered when this resolves. */
let gate: Promise<void> = Promise.resolve();

beforeAll(async () => {
  door = new ApiDoor();
  const ingest = shortIngest(door.monitor, door.access, (error) => door.unexpected.push(error));
  short = {
    may: (authorization) => ingest.may(authorization),
    take: (post) => {
      const answering = ingest.take(post);
      if (answering !== undefined) taken++;
      return answering && gate.then(() => answering);
    },
  };
  const limits = { headersMs: 200, requestMs: 400, idleMs: 1000 };
  usual = { answer: door.app.fetch, host: '127.0.0.1', port: 0, fallbackToFreePort: false };
  [lane, node] = [await listen({ ...usual, short }), await listen(usual)];
  slow = await listen({ ...usual, short, limits });
  token = door.bearer('ingest').Authorization;
});
afterAll(async () => {
  await lane.close();
  await node.close();
  await slow.close();
});
beforeEach(() => {
  taken = 0;
  gate = Promise.resolve();
  door.monitor.posts.length = 0;
});

const sample = { source: 'cpu', metric: 'cpu_percent', value: 12.5, at: 1_795_000_000_000 };
const body = (value = 12.5) => JSON.stringify({ host: 'web-1', samples: [{ ...sample, value }] });
const portOf = ({ address }: Listener) => address.port;

/** A post as programs send it, with other headers if given. */
function post(listener: Listener, content = body(), headers: string[] = []): string {
  const usual = [
    `Host: 127.0.0.1:${portOf(listener)}`,
    `Authorization: ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(content)}`,
  ];
  const names = new Set(headers.map((header) => header.split(':')[0]));
  const kept = usual.filter((header) => !names.has(header.split(':')[0]));
  return `POST /api/v1/ingest HTTP/1.1\r\n${[...kept, ...headers].join('\r\n')}\r\n\r\n${content}`;
}

const last = (listener: Listener) =>
  `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${portOf(listener)}\r\nConnection: close\r\n\r\n`;

/** The answer, without what differs between answers and between the two servers. */
const said = (text: string, listener: Listener) =>
  text
    .toLowerCase()
    .replaceAll(`:${portOf(listener)}`, '')
    .split('\r\n')
    .filter((line) => !line.startsWith('date: '))
    .sort();

test('posts one after the other in one connection are answered in their order, and what follows them is Node’s', async () => {
  const all = [1, 22, 333, 4.25].map((value) => post(lane, body(value))).join('');
  const { statuses } = await rawHttp(portOf(lane), all + last(lane));
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
  expect(taken).toBe(4);
  expect(door.monitor.posts.map(({ samples }) => samples[0]?.value)).toEqual([1, 22, 333, 4.25]);
});

test('however the bytes of posts are cut into pieces, they are the same posts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }),
      async (sizes) => {
        door.monitor.posts.length = 0;
        const all = [7, 88, 9.5].map((value) => post(lane, body(value))).join('') + last(lane);
        const socket = await opened(portOf(lane));
        const answered = answerOn(socket);
        for (let at = 0, index = 0; at < all.length; index++) {
          const size = sizes[index] ?? all.length;
          socket.write(all.slice(at, at + size));
          at += size;
          await new Promise(setImmediate);
        }
        expect((await answered).statuses).toEqual([200, 200, 200, 200]);
        expect(door.monitor.posts.map(({ samples }) => samples[0]?.value)).toEqual([7, 88, 9.5]);
      },
    ),
    { numRuns: 25 },
  );
});

describe('answered as by Node’s server alone', () => {
  test.each<[string, (listener: Listener) => string]>([
    ['two lengths', (to) => post(to, body(), ['Content-Length: 5', `Content-Length: ${body().length}`])],
    ['a length with a sign', (to) => post(to, body(), [`Content-Length: +${body().length}`])],
    [
      'a length in hexadecimal',
      (to) => post(to, body(), [`Content-Length: 0x${body().length.toString(16)}`]),
    ],
    ['a length with zeros before it', (to) => post(to, body(), [`Content-Length: 000${body().length}`])],
    ['the same length twice', (to) => post(to, body(), ['Content-Length: 5', 'Content-Length: 5'])],
    ['two tokens', (to) => post(to, body(), [`Authorization: ${token}`, `Authorization: ${token}`])],
    ['a token that something follows', (to) => post(to, body(), [`Authorization: ${token} x`])],
    ['no host', (to) => post(to).replace(/Host: .*\r\n/, '')],
    ['a page of another site', (to) => post(to, body(), ['Sec-Fetch-Site: cross-site'])],
    ['a whole address', (to) => post(to).replace('/api', `http://127.0.0.1:${portOf(to)}/api`)],
    ['the whole address of another', (to) => post(to).replace('/api', 'http://evil.example/api')],
    ['another type', (to) => post(to, body(), ['Content-Type: text/plain'])],
    ['what says to be gzip', (to) => post(to, body(), ['Content-Encoding: gzip'])],
    ['an empty line before it', (to) => `\r\n${post(to)}`],
    ['a byte beyond ASCII in a header', (to) => post(to, body(), ['User-Agent: \u00e9'])],
    ['bytes that are no UTF-8', (to) => post(to).replace('"web-1"', '"web-\u00e9"')],
    ['a length of nothing', (to) => post(to, '', ['Content-Length: 0'])],
    ['a length and pieces', (to) => post(to, body(), ['Transfer-Encoding: chunked'])],
    ['a header over two lines', (to) => post(to, body(), ['X-A: a\r\n b'])],
    ['a line that ends early', (to) => post(to, body(), ['User-Agent: a\nContent-Length: 5'])],
    ['a space before the colon', (to) => post(to, body(), [`Content-Length : ${body().length}`])],
    ['NUL in a header', (to) => post(to, body(), ['User-Agent: \0'])],
    ['two hosts', (to) => post(to, body(), ['Host: a', 'Host: b'])],
    ['another host', (to) => post(to, body(), ['Host: evil.example'])],
    ['another page', (to) => post(to, body(), ['Origin: http://evil.example'])],
    ['a bad token', (to) => post(to, body(), ['Authorization: Bearer wrong'])],
    ['an upgrade', (to) => post(to, body(), ['Connection: close, Upgrade', 'Upgrade: h2c'])],
    ['the wish to go on', (to) => post(to, body(), ['Expect: 100-continue'])],
    ['a last request', (to) => post(to, body(), ['Connection: close'])],
    ['no JSON', (to) => post(to, '{"host":"web-1"')],
    ['a header of 20 kB', (to) => post(to, body(), [`User-Agent: ${'a'.repeat(20_000)}`])],
    ['another version', (to) => post(to).replace('HTTP/1.1', 'HTTP/1.0')],
    ['another method', (to) => post(to).replace('POST', 'PUT')],
    ['what is no HTTP', () => 'hello\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    const [one, other] = [
      await rawHttp(portOf(lane), bytes(lane) + last(lane)),
      await rawHttp(portOf(node), bytes(node) + last(node)),
    ];
    expect(said(one.text, lane)).toEqual(said(other.text, node));
    expect(one.statuses.length).toBeGreaterThan(0);
  });

  test('also after posts that were as usual', async () => {
    const both = (to: Listener) => post(to) + post(to, '{"host":"web-1"') + post(to) + last(to);
    const [one, other] = [await rawHttp(portOf(lane), both(lane)), await rawHttp(portOf(node), both(node))];
    expect(one.statuses).toEqual([200, 400, 200, 200]);
    expect(one.statuses).toEqual(other.statuses);
  });
});

test('who says that nothing more comes is answered to the last post', async () => {
  const cases: [string, number[]][] = [
    [post(lane) + post(lane, body(2)), [200, 200]],
    [post(lane) + post(lane, '{"host":"web-1"'), [200, 400]],
    [post(lane) + post(lane).slice(0, -5), [200]],
  ];
  for (const [bytes, statuses] of cases) {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    taken = 0;
    const socket = await opened(portOf(lane));
    const answered = answerOn(socket);
    socket.end(bytes);
    // The end arrives before the first post is answered.
    while (taken === 0) await pause(5);
    await pause(20);
    open();
    expect((await answered).statuses).toEqual(statuses);
  }
});

test('over TLS it is the same', async () => {
  const { pem, key } = testCertificate({ name: 'localhost' });
  const encrypted = await listen({ ...usual, short, tls: { cert: pem, key } });
  try {
    const { port } = encrypted.address;
    const socket = connect({ port, host: '127.0.0.1', ca: pem, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const answered = answerOn(socket);
    const odd = post(encrypted, body(), ['X-A: b']);
    socket.write(post(encrypted) + post(encrypted) + odd + last(encrypted));
    expect((await answered).statuses).toEqual([200, 200, 200, 200]);
    expect(taken).toBe(3);
  } finally {
    await encrypted.close();
  }
});

test('of somebody who sends without waiting no more is read than has room', async () => {
  let open = (): void => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const socket = await opened(portOf(lane));
  const one = post(lane);
  const count = 20_000;
  const answers = answerOn(socket);
  socket.write(one.repeat(count) + last(lane));
  await pause(200);
  // Anything that does not fit into the hub's and the system's buffers waits here.
  expect(taken).toBe(1);
  expect(socket.bytesWritten - socket.writableLength).toBeLessThan(one.length * count);
  open();
  const { statuses } = await answers;
  expect(statuses).toHaveLength(count + 1);
  // In a row there are so many that the hub asks to come again.
  expect(statuses.filter((status) => status === 200)).toHaveLength(taken + 1);
}, 60_000);

describe('is cut in time', () => {
  test.each([
    ['nothing at all', () => '', [408]],
    ['half a head', () => post(slow).slice(0, 60), [408]],
    ['half a body', () => post(slow).slice(0, -5), [408]],
    ['nothing after a post', () => post(slow), [200]],
  ])('%s', async (_, bytes, statuses) => {
    const began = performance.now();
    expect((await rawHttp(portOf(slow), bytes())).statuses).toEqual(statuses);
    expect(performance.now() - began).toBeLessThan(4000);
  });
});

test('who sends and does not read what is answered is cut', async () => {
  const socket = await opened(portOf(slow));
  socket.pause();
  // Their answers are more than the system buffers for one connection at both ends.
  const count = 20_000;
  socket.write(post(slow).repeat(count));
  await pause(4000);
  // A reset may lose an answer that was sent with it.
  const { statuses } = await answerOn(socket.resume());
  expect(statuses.length).toBeLessThan(count);
}, 60_000);

test('closing answers what is being taken, and ends what waits', async () => {
  let open = (): void => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const [idle, busy] = [await opened(portOf(lane)), await opened(portOf(lane))];
  busy.write(post(lane));
  const answered = answerOn(busy);
  while (taken === 0) await pause(5);
  const closed = lane.close();
  await once(idle.resume(), 'close');
  open();
  const { text, statuses } = await answered;
  expect(statuses).toEqual([200]);
  expect(text).toContain('Connection: close');
  await closed;
});
