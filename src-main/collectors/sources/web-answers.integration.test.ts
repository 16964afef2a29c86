import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer, rawServer } from '../../testing/loopback.ts';
import { readOnce } from '../../testing/read-once.ts';
import { secretsOf } from '../../testing/surroundings.ts';
import { http } from './http.ts';
import { prometheus } from './prometheus.ts';

/** Section C of the bad-input list, for both kinds that query the web. Each must end in time, and invent no number. */
const kinds = { http, prometheus };
const token = { secret: 'token' };
const secret = secretsOf({ token: 't0ken-of-ours' });

describe.each(Object.entries(kinds))('%s', (_name, kind) => {
  const own = new Set(Object.keys(kind.metrics));
  async function read(url: string, deadlineMs = 10_000) {
    const options = { url, token };
    // Both kinds have these options; their other options do not matter here.
    const { values, error, durationMs } = await (kind === http
      ? readOnce(http, options, { secret, deadlineMs })
      : readOnce(prometheus, options, { secret, deadlineMs }));
    expect(durationMs).toBeLessThan(deadlineMs + 1_000);
    expect(error?.message ?? '').not.toContain('t0ken-of-ours');
    const found = Object.keys(values).filter((metric) => !own.has(metric));
    return { found, reachable: values['reachable'], code: error?.code, message: error?.message ?? '' };
  }
  const answers = (status: number, headers: Record<string, string>, body: string | Uint8Array = '') =>
    httpServer((_request, response) => response.writeHead(status, headers).end(body));

  test.each([
    ['to itself for ever', '/'],
    ['to a file', 'file:///etc/passwd'],
    ["to a cloud's metadata", 'http://169.254.169.254/latest'],
    ['to no address', 'http://['],
  ])('C-2: a redirect %s is refused', async (_to, location) => {
    const { found, code } = await read(await answers(302, { location }));
    expect(found).toEqual([]);
    expect(code).toMatch(/^(forbidden|unreadable|unreachable)$/);
  });

  test('C-4: a byte now and then, silence, and a reset in the middle of the body end in time', async () => {
    const dripping = await httpServer(async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      while (!request.destroyed && !response.destroyed) {
        response.write('1');
        await pause(50);
      }
    });
    expect(await read(dripping, 1_000)).toMatchObject({ found: [], reachable: 0, code: 'deadline' });
    expect(await read(await rawServer(() => undefined), 1_000)).toMatchObject({
      ...{ found: [], reachable: 0, code: 'deadline' },
    });
    const torn = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":1}', () => socket.resetAndDestroy());
      });
    });
    expect(await read(torn)).toMatchObject({ found: [], reachable: 0, code: 'unreachable' });
  });

  test('C-5: a thousand layers of compression are refused, and so is what swells beyond the bound', async () => {
    const layers = Array<string>(1000).fill('gzip').join(', ');
    expect(await read(await answers(200, { 'content-encoding': layers }, gzipSync('a 1')))).toMatchObject({
      ...{ found: [], code: 'unsupported' },
    });
    const bomb = gzipSync('a'.repeat(64 * 1024 ** 2));
    expect(await read(await answers(200, { 'content-encoding': 'gzip' }, bomb))).toMatchObject({
      ...{ found: [], code: 'too_large' },
    });
  });

  test('C-11: bytes that are no text of the charset they claim give no mojibake', async () => {
    const body = Buffer.from(kind === http ? '{"K\xfcche":1}' : 'temperature{room="K\xfcche"} 1\n', 'latin1');
    expect(
      await read(await answers(200, { 'content-type': 'text/plain; charset=utf-8' }, body)),
    ).toMatchObject({
      ...{ found: [], reachable: 1, code: 'unreadable' },
    });
  });

  test('C-14: what says our own token back names nothing after it, and is not repeated in an error', async () => {
    const body =
      kind === http
        ? '{"fine":1,"t0ken-of-ours":2,"nested":{"x t0ken-of-ours":3}}'
        : 'fine 1\nroom{name="t0ken-of-ours"} 2\nroom{name="<script>"} 3\n';
    const { found } = await read(await answers(200, {}, body));
    expect(found).toEqual(kind === http ? ['fine'] : ['fine', 'room{"name":"<script>"}']);
    const broken = await answers(200, {}, 't0ken-of-ours <script>');
    expect(await read(broken)).toMatchObject({ found: [], reachable: 1, code: 'unreadable' });
  });

  test('C-16: a captive portal is hinted at, and proxies of the environment are not asked', async () => {
    const portal = await answers(200, { 'content-type': 'text/html' }, '<html>Welcome');
    const { found, message } = await read(await answers(302, { location: `${portal}/login` }));
    expect([found, message]).toEqual([[], expect.stringContaining('captive portal')]);
    const asked: string[] = [];
    const proxy = await httpServer(({ url = '' }, response) => {
      asked.push(url);
      response.end();
    });
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) {
      const before = process.env[name];
      process.env[name] = proxy;
      onTestFinished(() => {
        if (before === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before;
      });
    }
    const direct = await answers(200, {}, kind === http ? '{"a":1}' : 'a 1\n');
    expect(await read(direct)).toMatchObject({ found: ['a'], reachable: 1 });
    expect(asked).toEqual([]);
  });
});
