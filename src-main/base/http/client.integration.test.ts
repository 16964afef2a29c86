import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { testCertificate } from '../../testing/certificate.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { httpServer, httpsServer, rawServer } from '../../testing/loopback.ts';
import { httpRequest } from './client.ts';
import type { HttpRequest, HttpSurroundings } from './client.ts';

type Asked = Partial<HttpRequest> & { url: string };

const ask = (request: Asked, surroundings?: HttpSurroundings) =>
  httpRequest({ privateAddresses: 'allowed', ...request }, surroundings);
const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString();

/** What a request is refused or fails with. */
async function failure(request: Asked, surroundings?: HttpSurroundings): Promise<PlimsollError> {
  const thrown: unknown = await ask(request, surroundings).then(
    (answer) => `answered ${answer.status}`,
    (error: unknown) => error,
  );
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`, { cause: thrown });
}

/** Names lead where a test says; what was looked up is noted. */
function names(leads: Record<string, string[]>) {
  const asked: string[] = [];
  const resolve = (name: string): Promise<LookupAddress[]> => {
    asked.push(name);
    const addresses = leads[name];
    if (addresses === undefined) return Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, resolve };
}

/** A server that redirects as a path says, `/301?<target>`, and otherwise tells what it was sent. */
async function redirector(): Promise<string> {
  return httpServer(async (request, response) => {
    const body = await bodyOf(request);
    const [, status, target] = /^\/(3\d\d)\?(.*)$/.exec(request.url ?? '') ?? [];
    if (status !== undefined && target !== undefined)
      return response.writeHead(Number(status), { location: decodeURIComponent(target) }).end('moved');
    return response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

interface Told {
  method: string;
  headers: Record<string, string>;
  body: string;
}
const toldTo = (answer: { body: Uint8Array }) => JSON.parse(textOf(answer)) as Told;

describe('a request', () => {
  test('says what it is told to, and returns whatever is answered, with its time', async () => {
    const origin = await httpServer(async (request, response) => {
      response.writeHead(503, { 'x-seen': await bodyOf(request), 'set-cookie': ['a=1', 'b=2'] }).end('busy');
    });
    const clock = new HandClock();
    const answer = await ask({ url: `${origin}/a?b`, method: 'PUT', body: 'ü' }, { clock });
    expect(answer).toMatchObject({ status: 503, timeMs: 0, method: 'PUT', redirects: 0 });
    expect(answer.url.href).toBe(`${origin}/a?b`);
    expect(answer.headers).toMatchObject({ 'x-seen': 'ü', 'set-cookie': 'a=1, b=2' });
    expect(textOf(answer)).toBe('busy');
  });

  test('names the version, and carries a name and password or a token', async () => {
    const url = await redirector();
    const plain = toldTo(await ask({ url, authorization: { username: 'me', password: 'ü:' } }));
    expect(plain.headers['authorization']).toBe(`Basic ${Buffer.from('me:ü:').toString('base64')}`);
    expect(plain.headers['user-agent']).toMatch(/^Plimsoll\/\d/);
    const other = toldTo(await ask({ url, authorization: { token: 'abc' }, headers: { 'User-Agent': 'x' } }));
    expect(other.headers).toMatchObject({ authorization: 'Bearer abc', 'user-agent': 'x' });
  });

  test.each([
    ['ftp://example.org/', 'begin with http'],
    ['javascript:alert(1)', 'begin with http'],
    ['file:///etc/passwd', 'begin with http'],
    ['http://me:s3cret@example.org/', 'user name'],
    ['http://me@example.org/', 'user name'],
    ['http://example.org/a b', 'spaces'],
    ['http://example.org/\r\nHost: x', 'control characters'],
    [`http://example.org/${'x'.repeat(2048)}`, '2048'],
    ['example.org', 'full address'],
    ['', 'full address'],
  ])('to %j is refused', async (url, words) => {
    const error = await failure({ url });
    expect([error.code, error.message]).toEqual(['invalid_settings', expect.stringContaining(words)]);
    expect(error.message).not.toContain('s3cret');
  });

  test.each<[string, Record<string, string>]>([
    ['a line end in a value', { 'X-Key': 's3cret\r\nX-Other: 1' }],
    ['a lone line feed', { 'X-Key': 's3cret\n' }],
    ['NUL', { 'X-Key': 's3cret\0' }],
    ['a letter beyond Latin-1', { 'X-Key': 's3cret€' }],
    ['a name that is none', { 'X Key': 's3cret' }],
    ['a name with a line end', { 'X-Key\r\nX': 's3cret' }],
    ['the same name twice', { 'X-Key': 's3cret', 'x-key': 's3cret' }],
    ['another host', { Host: 's3cret' }],
    ['another length', { 'content-length': '3' }],
    ['another framing', { 'Transfer-Encoding': 'chunked' }],
  ])('with %s is refused before anything is sent', async (_, headers) => {
    let requests = 0;
    const url = await httpServer((_request, response) => void response.end(String(++requests)));
    const error = await failure({ url, headers });
    expect(error.code).toBe('invalid_settings');
    expect(error.message).not.toContain('s3cret');
    expect(requests).toBe(0);
  });
});

describe('where a request may go', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://2852039166/',
    'http://0xA9.0xFE.0xA9.0xFE/',
  ])('never to %s', async (url) => {
    expect(await failure({ url })).toMatchObject({
      code: 'forbidden',
      retry: false,
      message: expect.stringContaining('never asked'),
    });
  });

  test('never to a name that leads to such an address, alone or beside others', async () => {
    const origin = await httpServer((_request, response) => response.end('hello'));
    const { port } = new URL(origin);
    const { resolve } = names({
      'metadata.google.internal': ['169.254.169.254'],
      both: ['169.254.169.254', '127.0.0.1'],
    });
    const refused = await failure({ url: 'http://metadata.google.internal/' }, { resolve });
    expect([refused.code, refused.message]).toEqual([
      'forbidden',
      expect.stringContaining('169.254.169.254'),
    ]);
    expect(textOf(await ask({ url: `http://both:${port}/` }, { resolve }))).toBe('hello');
  });

  test('to this machine and its networks only where that is allowed', async () => {
    let requests = 0;
    const url = await httpServer((_request, response) => void response.end(String(++requests)));
    const { port } = new URL(url);
    const { resolve } = names({ 'public.example': ['127.0.0.1', '::1', '10.0.0.1'] });
    for (const target of [url, `http://public.example:${port}/`, `http://[::1]:${port}/`]) {
      const error = await failure({ url: target, privateAddresses: 'refused' }, { resolve });
      expect([error.code, error.retry, error.message]).toEqual([
        'forbidden',
        false,
        expect.stringContaining('not allowed here'),
      ]);
    }
    expect(requests).toBe(0);
    expect(textOf(await ask({ url }))).toBe('1');
  });

  test('by a name that is looked up once: what it leads to a moment later changes nothing', async () => {
    const origin = await httpServer((_request, response) => response.end('hello'));
    const { asked, resolve } = names({ 'flips.example': ['127.0.0.1'] });
    await ask({ url: `http://flips.example:${new URL(origin).port}/` }, { resolve });
    expect(asked).toEqual(['flips.example']);
  });
});

describe('a name', () => {
  test.each<[string, string, string]>([
    ['that is not known', 'ENOTFOUND', 'is not known'],
    ['that nobody can look up', 'EAI_AGAIN', 'No name server'],
  ])('%s', async (_, code, words) => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code }));
    expect(await failure({ url: 'http://nowhere.example/?s3cret' }, { resolve })).toMatchObject({
      code: 'unreachable',
      retry: true,
      message: expect.stringMatching(new RegExp(`${words}.*nowhere\\.example|nowhere\\.example ${words}`)),
    });
  });

  test('without an address', async () => {
    expect(await failure({ url: 'http://none.example/' }, names({ 'none.example': [] }))).toMatchObject({
      code: 'unreachable',
      retry: true,
      message: expect.stringContaining('has no address'),
    });
  });

  test('with hundreds of addresses is asked at one that answers', async () => {
    const origin = await httpServer((_request, response) => response.end('hello'));
    const many = Array.from({ length: 200 }, () => '127.0.0.1');
    const { resolve } = names({ 'many.example': many });
    expect(textOf(await ask({ url: `http://many.example:${new URL(origin).port}/` }, { resolve }))).toBe(
      'hello',
    );
  });
});

describe('redirects', () => {
  test.each([
    [301, 'GET', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'hello'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'hello'],
    [308, 'PUT', 'PUT', 'hello'],
  ] as const)('%i after %s asks again by %s', async (status, method, then, body) => {
    const origin = await redirector();
    const answer = await ask({
      url: `${origin}/${status}?/end`,
      method,
      ...(method === 'GET' ? {} : { body: 'hello', headers: { 'content-type': 'text/plain' } }),
    });
    expect(answer).toMatchObject({ method: then, redirects: 1 });
    expect(answer.url.href).toBe(`${origin}/end`);
    const told = toldTo(answer);
    expect([told.method, told.body, told.headers['content-type']]).toEqual([
      then,
      body,
      body === '' ? undefined : 'text/plain',
    ]);
  });

  test('stay on the same origin with everything, and leave it with nothing to log in with', async () => {
    const [here, there] = [await redirector(), await redirector()];
    const headers = { Cookie: 'c', 'X-Api-Key': 'k', Accept: 'text/plain' };
    const authorization = { token: 't' };
    const stayed = toldTo(await ask({ url: `${here}/302?/end`, headers, authorization }));
    expect(stayed.headers).toMatchObject({ cookie: 'c', 'x-api-key': 'k', authorization: 'Bearer t' });
    const left = toldTo(await ask({ url: `${here}/307?${there}/end`, headers, authorization }));
    expect(left.headers).toMatchObject({ accept: 'text/plain' });
    expect(Object.keys(left.headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/cookie|key|authorization/)]),
    );
  });

  test('are followed three times, and no further', async () => {
    const origin = await redirector();
    const path = (times: number): string =>
      times === 0 ? '/end' : `/302?${encodeURIComponent(path(times - 1))}`;
    expect(await ask({ url: origin + path(3) })).toMatchObject({ status: 200, redirects: 3 });
    for (const [url, redirectsAtMost] of [
      [origin + path(4), 3],
      [origin + path(1), 0],
    ] as const)
      expect(await failure({ url, redirectsAtMost })).toMatchObject({ code: 'forbidden', retry: false });
    const loop = await httpServer((_request, response) => response.writeHead(301, { location: '/' }).end());
    expect((await failure({ url: loop })).message).toContain('more than 3 times');
  });

  test.each([
    ['file:///etc/passwd', 'begin with http'],
    ['http://169.254.169.254/s3cret', 'never asked'],
    ['http://me:s3cret@127.0.0.1/', 'user name'],
    ['http://[', 'can not be read'],
  ])('to %s are refused', async (target, words) => {
    const origin = await redirector();
    const error = await failure({ url: `${origin}/302?${encodeURIComponent(target)}` });
    expect([error.code, error.message]).toEqual(['forbidden', expect.stringContaining(words)]);
    expect(error.message).not.toContain('s3cret');
  });

  test('to this machine are refused where it may not be asked, although the first address was fine', async () => {
    const origin = await redirector();
    const { port } = new URL(origin);
    const { asked, resolve } = names({ 'a.example': ['127.0.0.1'], 'b.example': ['169.254.169.254'] });
    const url = `http://a.example:${port}/302?http://b.example/`;
    expect(await failure({ url }, { resolve })).toMatchObject({ code: 'forbidden' });
    expect(asked).toEqual(['a.example', 'b.example']);
  });

  test('that lose a body are refused where it must arrive, unless they say that it was taken', async () => {
    const origin = await redirector();
    for (const status of [301, 302]) {
      const url = `${origin}/${status}?/end`;
      const error = await failure({ url, method: 'POST', body: 'hello', mustKeepBody: true });
      expect(error).toMatchObject({ code: 'forbidden', retry: true });
    }
    const kept = { method: 'POST', body: 'hello', mustKeepBody: true } as const;
    expect(await ask({ url: `${origin}/303?/end`, ...kept })).toMatchObject({ method: 'GET' });
    expect(toldTo(await ask({ url: `${origin}/307?/end`, ...kept })).body).toBe('hello');
  });

  test('without a Location are answers like others', async () => {
    const url = await httpServer((_request, response) => response.writeHead(302).end('hm'));
    expect(await ask({ url })).toMatchObject({ status: 302, redirects: 0 });
  });
});

describe('bodies', () => {
  const text = 'Plimsoll '.repeat(1000);
  test.each<[string, (bytes: string) => Uint8Array]>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', Buffer.from],
    ['GZIP', gzipSync],
  ])('encoded as %s are decoded', async (encoding, encode) => {
    const url = await httpServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(encode(text)),
    );
    expect(textOf(await ask({ url }))).toBe(text);
  });

  test.each<[string, string, Uint8Array, string]>([
    ['encoded twice', 'gzip, gzip', gzipSync(gzipSync('x')), 'unsupported'],
    ['encoded 1,000 times', Array.from({ length: 1000 }, () => 'br').join(), Buffer.from('x'), 'unsupported'],
    ['in an unknown encoding', 'rot13', Buffer.from('x'), 'unsupported'],
    ['that are no gzip', 'gzip', Buffer.from('hello'), 'unreadable'],
    ['of half a gzip', 'gzip', gzipSync(text).subarray(0, 50), 'unreadable'],
    ['that unfold to 64 MiB', 'gzip', gzipSync(Buffer.alloc(64 * 1024 ** 2)), 'too_large'],
    ['that unfold to 64 MiB', 'br', brotliCompressSync(Buffer.alloc(64 * 1024 ** 2)), 'too_large'],
    ['that unfold to 64 MiB', 'zstd', zstdCompressSync(Buffer.alloc(64 * 1024 ** 2)), 'too_large'],
    ['of more than 1 MiB', 'identity', Buffer.alloc(1024 ** 2 + 1), 'too_large'],
  ])('%s (%.9s) are refused', async (_, encoding, body, code) => {
    const url = await httpServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    expect(await failure({ url })).toMatchObject({ code, retry: false });
  });

  test('without a declared length are cut at the limit, and one of exactly the limit is taken', async () => {
    const url = await httpServer((request, response) => {
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      if (request.url === '/exact') response.end(Buffer.alloc(1024 ** 2));
      else {
        response.on('drain', send);
        send();
      }
    });
    expect(await failure({ url })).toMatchObject({ code: 'too_large' });
    expect((await ask({ url: `${url}/exact` })).body.byteLength).toBe(1024 ** 2);
  });

  test('are not waited for after HEAD', async () => {
    const url = await httpServer((_request, response) =>
      response.writeHead(200, { 'content-length': 2 ** 40 }).end(),
    );
    expect(await ask({ url, method: 'HEAD' })).toMatchObject({ status: 200, body: new Uint8Array() });
  });
});

describe('the end', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n';
  /** A server that answers a request with this, and does no more. */
  const silentAfter = (bytes: string) =>
    rawServer((socket) => socket.once('data', () => socket.write(bytes)));

  test.each([
    ['nothing is answered', ''],
    ['the head stops in the middle', 'HTTP/1.1 200 OK\r\nX-'],
    ['the body stops in the middle', `${head}half`],
  ])('comes at the deadline when %s', async (_, bytes) => {
    const url = await silentAfter(bytes);
    const clock = new HandClock();
    const failed = failure({ url: `${url}/?s3cret` }, { clock });
    await clock.turn(9_999);
    await clock.turn(1);
    expect(await failed).toMatchObject({
      code: 'deadline',
      retry: true,
      message: `${url} has not answered completely within 10 s.`,
    });
  });

  test('comes at the deadline however busily a byte drips', async () => {
    const url = await rawServer((socket) => {
      socket.write(head);
      const drip = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await failure({ url, deadlineMs: 100 })).toMatchObject({ code: 'deadline' });
  });

  test('comes at the deadline when a name is looked up for ever', async () => {
    const clock = new HandClock();
    const failed = failure(
      { url: 'http://slow.example/' },
      { clock, resolve: () => new Promise(() => undefined) },
    );
    await clock.turn(10_000);
    expect(await failed).toMatchObject({ code: 'deadline' });
  });

  test('comes when the caller says so, with its reason, and closes the connection', async () => {
    const { promise: closed, resolve: onClose } = Promise.withResolvers<boolean>();
    const controller = new AbortController();
    const url = await rawServer((socket) => {
      socket.on('close', () => onClose(true));
      socket.once('data', () => controller.abort(new PlimsollError('stage_down', 'enough')));
    });
    expect(await failure({ url, signal: controller.signal })).toMatchObject({ code: 'stage_down' });
    expect(await closed).toBe(true);
    expect(await failure({ url, signal: AbortSignal.abort() })).toMatchObject({ code: 'deadline' });
  });

  test.each([
    ['no answer', '', 'closed the connection'],
    ['half a body', `${head}half`, 'closed the connection'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n', 'does not answer in HTTP'],
    ['an upgrade', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 'something else than HTTP'],
    ['too much of a head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '16 KiB'],
  ])('of a connection after %s is told in words', async (_, bytes, words) => {
    const url = await rawServer((socket) => socket.once('data', () => socket.end(bytes)));
    expect((await failure({ url })).message).toContain(words);
  });

  test('by a reset in the middle of a body is told, and worth another attempt', async () => {
    const url = await rawServer((socket) =>
      socket.once('data', () =>
        socket.write(`${head}half`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      ),
    );
    expect(await failure({ url })).toMatchObject({ code: 'unreachable', retry: true });
  });

  test('of a port where nothing listens', async () => {
    const url = await rawServer((socket) => socket.destroy());
    const port = Number(new URL(url).port) === 1 ? 2 : 1;
    const error = await failure({ url: `http://127.0.0.1:${port}/?s3cret` });
    expect([error.code, error.retry, error.message]).toEqual([
      'unreachable',
      true,
      `http://127.0.0.1:${port} refused the connection. Check the port, and that the service runs.`,
    ]);
  });

  test('leaves no connection open', async () => {
    const { promise: closed, resolve: onClose } = Promise.withResolvers<boolean>();
    const url = await httpServer((request, response) => {
      request.socket.on('close', () => onClose(true));
      response.shouldKeepAlive = true;
      response.end('hello');
    });
    await ask({ url });
    expect(await closed).toBe(true);
  });
});

describe('TLS', () => {
  const valid = testCertificate({ name: 'good.example' });
  const { resolve } = names({ 'good.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'] });
  const minute = 60_000;

  test('with a certificate that is trusted', async () => {
    const port = await httpsServer(valid, (_request, response) => response.end('hello'));
    const url = `https://good.example:${port}/`;
    expect(textOf(await ask({ url, authorities: [valid.pem] }, { resolve }))).toBe('hello');
  });

  const expired = testCertificate({
    name: 'good.example',
    from: Date.now() - 9 * minute,
    until: Date.now() - minute,
  });
  const early = testCertificate({
    name: 'good.example',
    from: Date.now() + minute,
    until: Date.now() + 9 * minute,
  });
  test.each([
    ['expired', expired, 'good.example', [expired.pem], 'has expired'],
    ['not valid yet', early, 'good.example', [early.pem], 'not valid yet'],
    ['for another name', valid, 'other.example', [valid.pem], 'for another name'],
    ['self-signed', valid, 'good.example', undefined, 'self-signed'],
  ])('with one that is %s is refused in words', async (_, certificate, name, authorities, words) => {
    let requests = 0;
    const port = await httpsServer(
      certificate,
      (_request, response) => void response.end(String(++requests)),
    );
    const error = await failure(
      { url: `https://${name}:${port}/?s3cret`, ...(authorities && { authorities }) },
      { resolve },
    );
    expect(error).toMatchObject({ code: 'unreachable', retry: true });
    expect(error.message).toContain(words);
    expect(error.message).toContain(`https://${name}:${port}`);
    expect(error.message).not.toContain('s3cret');
    expect(requests).toBe(0);
  });

  test('where the other side speaks none', async () => {
    const { port } = new URL(await httpServer((_request, response) => response.end()));
    expect((await failure({ url: `https://127.0.0.1:${port}/` })).message).toContain('does not speak TLS');
  });

  test('is not given up by a redirect', async () => {
    const port = await httpsServer(valid, (_request, response) =>
      response.writeHead(302, { location: 'http://good.example/' }).end(),
    );
    const url = `https://good.example:${port}/`;
    expect(await failure({ url, authorities: [valid.pem] }, { resolve })).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('not encrypted'),
    });
  });
});
