import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { httpServer, rawServer } from '../../testing/loopback.ts';
import { ask, bodyOf, failure, redirector, textOf, toldTo } from '../../testing/http-asking.ts';

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
