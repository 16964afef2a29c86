import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isLoopback } from '../base/loopback.ts';
import { PlimsollError } from '../contract/error.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { answerOn, opened, rawHttp } from '../testing/raw-http.ts';
import { listen, refuseExposure } from './listener.ts';
import type { Listener } from './listener.ts';
import { securityHeaders } from './security-headers.ts';

const door = new ApiDoor();
const answer: Parameters<typeof listen>[0]['answer'] = (request, env) => door.app.fetch(request, env);

async function started(options: Partial<Parameters<typeof listen>[0]> = {}): Promise<Listener> {
  return listen({ answer, host: '127.0.0.1', port: 0, fallbackToFreePort: false, ...options });
}

let listener: Listener;
let port: number;
let token: { Authorization: string };

beforeAll(async () => {
  listener = await started();
  port = listener.address.port;
  token = door.bearer('admin');
});
afterAll(() => listener.close());

/** A request as bytes; `lines` come after the request line. */
function request(line: string, lines: string[], body = ''): string {
  return [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

function ownHost(): string {
  return `Host: 127.0.0.1:${port}`;
}

describe('who is asked (B-7)', () => {
  const cases: [string, () => string, number][] = [
    ['its own address', () => request('GET /healthz', [ownHost(), 'Connection: close']), 200],
    [
      'localhost in capitals',
      () => request('GET /healthz', [`Host: LOCALHOST:${port}`, 'Connection: close']),
      200,
    ],
    ['another host', () => request('GET /healthz', [`Host: evil.example:${port}`]), 421],
    ['another port', () => request('GET /healthz', ['Host: 127.0.0.1:1']), 421],
    [
      'its own name as a prefix',
      () => request('GET /healthz', [`Host: 127.0.0.1:${port}.evil.example`]),
      421,
    ],
    ['two hosts', () => request('GET /healthz', [ownHost(), ownHost()]), 400],
    ['no host', () => request('GET /healthz', []), 400],
    ['an empty host', () => request('GET /healthz', ['Host: ']), 400],
    ['no host in HTTP/1.0', () => 'GET /healthz HTTP/1.0\r\n\r\n', 400],
    ['a URL', () => request(`GET http://127.0.0.1:${port}/healthz`, [ownHost(), 'Connection: close']), 200],
    ['a URL of another host', () => request('GET http://evil.example/healthz', [ownHost()]), 421],
    [
      'a URL with a user',
      () => request(`GET http://127.0.0.1:${port}@evil.example/healthz`, [ownHost()]),
      400,
    ],
    ['a URL of another scheme', () => request('GET file:///etc/passwd', [ownHost()]), 400],
    ['an asterisk', () => request('OPTIONS *', [ownHost()]), 400],
  ];
  test.each(cases)('%s', async (_, bytes, status) => {
    const { statuses, text } = await rawHttp(port, bytes());
    expect(statuses).toEqual([status]);
    expect(text).not.toContain('root:');
  });

  test('a name that was configured', async () => {
    const named = await started({ names: ['monitor.example'] });
    const ask = (host: string, origin = `http://${host}`) =>
      rawHttp(
        named.address.port,
        request('POST /healthz', [`Host: ${host}`, `Origin: ${origin}`, 'Connection: close']),
      );
    expect((await ask('Monitor.Example')).statuses).toEqual([405]);
    expect((await ask('monitor.example', 'https://monitor.example')).statuses).toEqual([405]);
    expect((await ask('monitor.example', 'https://other.example')).statuses).toEqual([403]);
    expect((await ask('other.example')).statuses).toEqual([421]);
    await named.close();
  });
});

describe('pages of other origins', () => {
  async function asked(path: string, method: string, headers: Record<string, string>): Promise<number> {
    const answer = await fetch(`${listener.url}${path}`, { method, headers: { ...token, ...headers } });
    await answer.body?.cancel();
    return answer.status;
  }

  test('may neither change nor listen', async () => {
    const own = { Origin: listener.url };
    expect(await asked('/api/v1/codes', 'POST', own)).toBe(201);
    expect(await asked('/api/v1/codes', 'POST', {})).toBe(201);
    expect(await asked('/api/v1/events', 'GET', own)).toBe(200);
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`, 'http://127.0.0.1:1']) {
      expect(await asked('/api/v1/codes', 'POST', { Origin: origin })).toBe(403);
      expect(await asked('/api/v1/events', 'GET', { Origin: origin })).toBe(403);
    }
  });

  test('may not even read, where the browser says who asks', async () => {
    const lines = [ownHost(), `Authorization: ${token.Authorization}`, 'Connection: close'];
    const from = async (site: string) =>
      (await rawHttp(port, request('GET /api/v1/status', [...lines, `Sec-Fetch-Site: ${site}`]))).statuses;
    expect(await from('same-origin')).toEqual([200]);
    expect(await from('none')).toEqual([200]);
    expect(await from('cross-site')).toEqual([403]);
    expect(await from('same-site')).toEqual([403]);
  });
});

describe('what is not quite HTTP (B-8, B-28)', () => {
  const json = 'Content-Type: application/json';
  const cases: [string, () => string, number[]][] = [
    [
      'a negative length',
      () => request('POST /api/v1/session', [ownHost(), json, 'Content-Length: -1'], '{}'),
      [400],
    ],
    [
      'two lengths',
      () =>
        request('POST /api/v1/session', [ownHost(), json, 'Content-Length: 2', 'Content-Length: 3'], '{}'),
      [400],
    ],
    [
      'a length and chunks',
      () =>
        request(
          'POST /api/v1/session',
          [ownHost(), json, 'Content-Length: 2', 'Transfer-Encoding: chunked'],
          `0\r\n\r\n${request('GET /healthz', [ownHost()])}`,
        ),
      [400],
    ],
    [
      'an unknown transfer encoding',
      () =>
        request('POST /api/v1/session', [ownHost(), json, 'Transfer-Encoding: chunked, cow'], '0\r\n\r\n'),
      [400],
    ],
    ['HTTP/0.9', () => 'GET /healthz\r\n\r\n', [400]],
    ['a folded header', () => request('GET /healthz', [ownHost(), 'X: a', ' b', 'Connection: close']), [400]],
    [
      'NUL in a token',
      () => request('GET /api/v1/status', [ownHost(), 'Authorization: Bearer plim_\0']),
      [400],
    ],
    ['a header of 100 kB', () => request('GET /healthz', [ownHost(), `X: ${'a'.repeat(100_000)}`]), [431]],
    [
      'ten thousand headers',
      () => request('GET /healthz', [ownHost(), ...new Array<string>(10_000).fill('X: a')]),
      [431],
    ],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
  ];
  test.each(cases)('%s', async (_, bytes, statuses) => {
    expect((await rawHttp(port, bytes())).statuses).toEqual(statuses);
  });

  test('a body shorter than its length is never acted on', async () => {
    const before = door.access.tokens().length;
    const body = '{"name":"half","scope":"admin"}';
    const lines = [
      ownHost(),
      json,
      `Authorization: ${token.Authorization}`,
      `Content-Length: ${body.length + 1}`,
    ];
    const socket = await opened(port);
    socket.end(request('POST /api/v1/tokens', lines, body));
    const { statuses } = await answerOn(socket);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(door.access.tokens()).toHaveLength(before);
    expect(door.unexpected).toEqual([]);
  });

  test('what follows a body that is longer than its length is not taken for a request', async () => {
    const lines = [ownHost(), json, 'Content-Length: 2'];
    const { statuses } = await rawHttp(port, request('POST /api/v1/session', lines, '{}trailing'));
    expect(statuses).toEqual([400]);
  });

  test('a thousand requests at once are answered in order', async () => {
    const one = request('GET /healthz', [ownHost()]);
    const last = request('GET /nowhere', [ownHost(), 'Connection: close']);
    const { statuses } = await rawHttp(port, one.repeat(999) + last);
    expect(statuses).toEqual([...new Array<number>(999).fill(200), 404]);
  });

  test('two Authorization headers', async () => {
    const lines = [
      ownHost(),
      `Authorization: ${token.Authorization}`,
      `Authorization: ${token.Authorization}`,
    ];
    const { statuses } = await rawHttp(port, request('GET /api/v1/status', [...lines, 'Connection: close']));
    expect(statuses).toEqual([401]);
  });
});

describe('sizes (B-11)', () => {
  const large = ' '.repeat(1024 * 1024 + 1);
  const lines = (): string[] => [
    ownHost(),
    'Content-Type: application/json',
    `Authorization: ${token.Authorization}`,
  ];

  test('1 MiB + 1 by its length', async () => {
    const bytes = request('PUT /api/v1/settings', [...lines(), `Content-Length: ${large.length}`], large);
    expect((await rawHttp(port, bytes)).statuses).toEqual([413]);
  });

  test('chunks without end', async () => {
    const socket = await opened(port);
    socket.write(request('PUT /api/v1/settings', [...lines(), 'Transfer-Encoding: chunked']));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
    };
    socket.on('drain', more);
    more();
    const { statuses } = await answerOn(socket);
    expect(statuses).toEqual([413]);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test('exactly 1 MiB is read and judged by what it says', async () => {
    const full = `${' '.repeat(1024 * 1024 - 2)}{}`;
    const bytes = request(
      'PUT /api/v1/settings',
      [...lines(), `Content-Length: ${full.length}`, 'Connection: close'],
      full,
    );
    expect((await rawHttp(port, bytes)).statuses).toEqual([422]);
  });
});

describe('slowness (B-10)', () => {
  let slow: Listener;
  beforeAll(async () => {
    slow = await started({ limits: { headersMs: 200, requestMs: 400, connections: 20 } });
  });
  afterAll(() => slow.close());

  test('headers byte by byte', async () => {
    const socket = await opened(slow.address.port);
    const bytes = request('GET /healthz', [`Host: 127.0.0.1:${slow.address.port}`, `X: ${'a'.repeat(1000)}`]);
    let at = 0;
    const drip = setInterval(() => socket.write(bytes.charAt(at++)), 10);
    const { statuses } = await answerOn(socket);
    clearInterval(drip);
    expect(statuses).toEqual([408]);
    expect(at).toBeLessThan(bytes.length);
  });

  test('a body that never ends', async () => {
    const socket = await opened(slow.address.port);
    const lines = [
      `Host: 127.0.0.1:${slow.address.port}`,
      'Content-Type: application/json',
      'Content-Length: 100',
    ];
    socket.write(request('POST /api/v1/session', lines, '{'));
    const { statuses } = await answerOn(socket);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
  });

  test('a connection is cut soon after what is said, whenever it came', async () => {
    const limits = { headersMs: 2000, requestMs: 4000 };
    const strict = await started({ limits });
    // Just after a check, the worst moment for one that runs twice in that time.
    await pause(150);
    const { port: at } = strict.address;
    const cutAfter = async (begun: string) => {
      const [socket, since] = [await opened(at), performance.now()];
      socket.write(begun);
      await answerOn(socket);
      return performance.now() - since;
    };
    const body = ['Content-Type: application/json', 'Content-Length: 100'];
    const [headers, whole] = await Promise.all([
      cutAfter('GET /healthz HTTP/1.1\r\nX: '),
      cutAfter(request('POST /api/v1/session', [`Host: 127.0.0.1:${at}`, ...body], '{')),
    ]);
    expect(headers).toBeGreaterThanOrEqual(limits.headersMs - 50);
    expect(headers).toBeLessThan(limits.headersMs + 600);
    expect(whole).toBeLessThan(limits.requestMs + 600);
    await strict.close();
  });

  test('more idle connections than there is room for do not keep others out', async () => {
    const idle = await Promise.all(Array.from({ length: 30 }, () => opened(slow.address.port)));
    await Promise.all(idle.map((socket) => answerOn(socket)));
    const answer = await fetch(`${slow.url}/healthz`);
    expect(answer.status).toBe(200);
  });
});

describe('every answer', () => {
  const cases: [string, () => string][] = [
    ['a good one', () => request('GET /healthz', [ownHost(), 'Connection: close'])],
    ['404', () => request('GET /nowhere', [ownHost(), 'Connection: close'])],
    ['401', () => request('GET /api/v1/status', [ownHost(), 'Connection: close'])],
    ['421', () => request('GET /', ['Host: evil.example'])],
    ['400 of the parser', () => 'nonsense\r\n\r\n'],
  ];
  test.each(cases)('carries the security headers: %s', async (_, bytes) => {
    const { text } = await rawHttp(port, bytes());
    const head = text.split('\r\n\r\n', 1)[0]?.toLowerCase() ?? '';
    const missing = Object.entries(securityHeaders).filter(
      ([name, value]) => !head.includes(`${name}: ${value}`.toLowerCase()),
    );
    expect(missing).toEqual([]);
    expect(head).not.toMatch(/^(server|x-powered-by):/m);
  });
});

describe('paths that try to leave (B-25)', () => {
  const climbs = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%5c',
    '%2e%2e%5c',
    '..%252f',
    '..%c0%af',
    '....//',
    '.%2e/',
  ];
  // Below the last prefix, any two names can be requested with a token; the answer is 404 as well.
  const prefixes: [string, number[]][] = [
    ['/', [404]],
    ['/assets/', [404]],
    ['/api/v1/', [404]],
    ['/fetch/history/', [404, 401]],
  ];
  test.each(prefixes)('below %s', async (prefix, refusals) => {
    for (const climb of climbs) {
      const bytes = request(`GET ${prefix}${climb.repeat(8)}etc/passwd`, [ownHost(), 'Connection: close']);
      const { statuses, text } = await rawHttp(port, bytes);
      expect(statuses, climb).toHaveLength(1);
      expect(refusals, climb).toContain(statuses[0]);
      expect(text).not.toContain('root:');
    }
  });

  test('with backslashes', async () => {
    const { statuses } = await rawHttp(port, request('GET /..\\..\\etc\\passwd', [ownHost()]));
    expect(statuses).toEqual([404]);
  });
});

describe('a port that is taken', () => {
  const taken = createServer();
  let busy = 0;
  beforeAll(async () => {
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    if (address !== null && typeof address === 'object') busy = address.port;
  });
  afterAll(() => taken.close());

  test('is an error that names it when it was asked for', async () => {
    const failure: unknown = await started({ port: busy }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PlimsollError);
    expect(failure).toMatchObject({
      code: 'address_in_use',
      message: expect.stringContaining(String(busy)) as string,
    });
  });

  test('gives way to a free one when it was the default', async () => {
    const elsewhere = await started({ port: busy, fallbackToFreePort: true });
    expect(elsewhere.address.port).not.toBe(busy);
    expect((await fetch(`${elsewhere.url}/healthz`)).status).toBe(200);
    await elsewhere.close();
  });

  test('is not the reason when the address is not ours', async () => {
    await expect(started({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('closing', () => {
  let closing: Listener;
  afterEach(() => closing.close().catch(() => undefined));

  test('ends live streams and idle connections, within two seconds', async () => {
    closing = await started();
    const listeners = door.monitor.listeners.size;
    const events = await fetch(`${closing.url}/api/v1/events`, { headers: token });
    const idle = await opened(closing.address.port);
    const begun = performance.now();
    const [text] = await Promise.all([events.text(), answerOn(idle), closing.close()]);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(text).toBe('event: ready\ndata:\n\n');
    expect(door.monitor.listeners.size).toBe(listeners);
    await expect(fetch(closing.url)).rejects.toThrow();
  });
});

test('closing cuts an answer that does not come', async () => {
  let asked: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  const never = new Promise<Response>(() => undefined);
  const hanging = await started({ answer: () => (asked(), never) });
  const socket = await opened(hanging.address.port);
  socket.write(request('GET /', [`Host: 127.0.0.1:${hanging.address.port}`]));
  await arrived;
  const begun = performance.now();
  const [{ statuses }] = await Promise.all([answerOn(socket), hanging.close()]);
  expect([statuses, performance.now() - begun < 2000]).toEqual([[], true]);
});

test('listening beyond this machine needs a token first', () => {
  const loopback = ['127.0.0.1', '127.8.8.8', 'localhost', '::1'];
  const exposed = ['0.0.0.0', '::', '192.168.1.2', 'host.example', '', '127.0.0.1.evil.example'];
  expect(loopback.filter(isLoopback)).toEqual(loopback);
  expect(exposed.filter(isLoopback)).toEqual([]);
  expect(() => refuseExposure('0.0.0.0', false)).toThrow(
    expect.objectContaining({ code: 'forbidden' }) as Error,
  );
  expect(() => refuseExposure('999.1.1.1', false)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: expect.stringContaining('is no IP address') as string,
    }) as Error,
  );
  expect(() => refuseExposure('0.0.0.0', true)).not.toThrow();
  expect(() => refuseExposure('127.0.0.1', false)).not.toThrow();
});

describe('a connection on which nothing moves (B-10)', () => {
  const limits = { headersMs: 200, requestMs: 400, idleMs: 400 };
  const answerOf = (text: string, afterMs: number) =>
    started({ limits, answer: () => pause(afterMs).then(() => new Response(text)) });
  const asked = ({ address }: Listener) => `GET / HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\n\r\n`;

  test('is cut where what is answered is not read', async () => {
    const large = 'x'.repeat(1_000_000);
    const busy = await answerOf(large, 0);
    const socket = await opened(busy.address.port);
    socket.pause();
    // More than the system buffers for one connection at both ends.
    const count = 30;
    socket.write(asked(busy).repeat(count));
    await pause(2500);
    const { text } = await answerOn(socket.resume());
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(count * large.length);
    await busy.close();
  });

  test('is kept while its answer is made, and for a while after it', async () => {
    const slow = await answerOf('late', 1200);
    const began = performance.now();
    const { statuses } = await rawHttp(slow.address.port, asked(slow));
    expect(statuses).toEqual([200]);
    expect(performance.now() - began).toBeGreaterThan(1500);
    await slow.close();
  });
});

test('a client that does not read live events costs a bounded queue, and is told to ask again', async () => {
  const socket = await opened(port);
  socket.pause();
  const before = door.monitor.listeners.size;
  const lines = [ownHost(), `Authorization: ${token.Authorization}`, 'Connection: close'];
  socket.write(request('GET /api/v1/events', lines));
  await expect.poll(() => door.monitor.listeners.size).toBe(before + 1);
  const event = { type: 'settings', revision: 'x'.repeat(1000) } as const;
  const sent = 40_000;
  for (let at = 0; at < sent; at++) {
    door.monitor.emit(event);
    // Lets the server write as much as the system's buffers accept.
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  door.access.removeToken(door.access.tokens().find(({ scope }) => scope === 'admin')?.id ?? '');
  socket.resume();
  const { text } = await answerOn(socket);
  expect(text).toContain('data: {"type":"refresh"}\n\n');
  expect(text.length).toBeLessThan((sent * 1000) / 2);
  expect(door.monitor.listeners.size).toBe(before);
});
