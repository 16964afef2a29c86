import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { testCertificate } from '../../testing/certificate.ts';
import { httpServer, httpsServer, rawServer } from '../../testing/loopback.ts';
import { secretsOf, sourceSurroundings } from '../../testing/surroundings.ts';
import { attempt } from '../attempt.ts';
import { http } from './http.ts';

const surroundings = sourceSurroundings({ secret: secretsOf({ token: 't0ken', password: 'pass:wörd' }) });

/** One collection, as the scheduler makes it. */
async function read(options: Record<string, unknown>) {
  const collect = (aborted: AbortSignal) =>
    http.open(http.options.parse(options), surroundings).collect(aborted);
  const { samples, error } = await attempt({
    host: 'box',
    source: 'api',
    collect,
    deadlineMs: 10_000,
    clock: systemClock,
  }).reading;
  return { values: Object.fromEntries(samples.map(({ metric, value }) => [metric, value])), error };
}

/** An endpoint that always gives this answer. */
const endpoint = (body: string | Uint8Array, status = 200, headers: Record<string, string> = {}) =>
  httpServer((_request, response) => response.writeHead(status, headers).end(body));

describe('an endpoint', () => {
  test('that answers JSON gives time, status and every number', async () => {
    const url = await endpoint('{"memory":{"used":3},"disks":[{"free":0}],"name":"x","status_code":7}');
    const { values, error } = await read({ url });
    expect(error).toBeNull();
    expect(values).toEqual({
      reachable: 1,
      response_time_ms: expect.any(Number),
      response_size_bytes: 69,
      status_code: 200,
      'memory.used': 3,
      'disks.0.free': 0,
    });
    expect(values['response_time_ms']).toBeGreaterThan(0);
  });

  test('that says its secrets back as names gives no such metric', async () => {
    const body = {
      used: 1,
      'is t0ken': 2,
      Bearer: { t0ken: 3 },
      [Buffer.from('t0ken!').toString('base64')]: 4,
      inUrl: 5,
    };
    const url = `${await endpoint(JSON.stringify(body))}/?api_key=inUrl`;
    const fields = [{ path: '$.used' }, { path: '$.Bearer.t0ken' }, { path: '$.none' }];
    const token = { secret: 'token' };
    const own = ['reachable', 'response_time_ms', 'status_code', 'response_size_bytes'];
    expect(Object.keys((await read({ url, token })).values)).toEqual([...own, 'used']);
    const { values, error } = await read({ url, token, fields });
    expect(Object.keys(values)).toEqual([...own, 'used']);
    expect(error?.message).toContain('no number at $.none');
  });

  test.each([404, 500, 304])('that answers %i gives time and status, and is no error', async (status) => {
    const url = await endpoint(status === 304 ? '' : '{"a":1}', status);
    expect(await read({ url })).toEqual({
      values: {
        reachable: 1,
        response_time_ms: expect.any(Number),
        response_size_bytes: expect.any(Number),
        status_code: status,
      },
      error: null,
    });
  });

  test('that is only asked for its head reads no fields', async () => {
    const url = await endpoint('{"a":1}');
    const { values, error } = await read({ url, method: 'HEAD' });
    expect([Object.keys(values), error]).toEqual([['reachable', 'response_time_ms', 'status_code'], null]);
  });

  test('is asked as the options say', async () => {
    const seen: Record<string, unknown>[] = [];
    const url = await httpServer(({ method, headers }, response) => {
      seen.push({ method, headers });
      response.end('{}');
    });
    await read({ url });
    await read({ url, method: 'PUT', body: '{"q":1}', token: { secret: 'token' }, headers: { 'X-A': 'b' } });
    await read({ url, username: 'me', password: { secret: 'password' }, headers: { accept: 'text/x' } });
    const basic = `Basic ${Buffer.from('me:pass:wörd').toString('base64')}`;
    expect(seen).toMatchObject([
      { method: 'GET', headers: { accept: 'application/json, */*;q=0.5' } },
      {
        method: 'PUT',
        headers: {
          authorization: 'Bearer t0ken',
          'content-type': 'application/json',
          'content-length': '7',
          'x-a': 'b',
        },
      },
      { headers: { authorization: basic, accept: 'text/x' } },
    ]);
  });
});

describe('an answer that is not JSON', () => {
  const json = '{"a":1}';
  test.each<[string, string | Uint8Array, number, Record<string, string>, string]>([
    ['an empty one', '', 200, {}, 'without a body'],
    ['204', '', 204, {}, 'answered 204 without a body'],
    [
      'a login page',
      '<!DOCTYPE html><title>Log in</title>',
      200,
      { 'content-type': 'text/html' },
      'login page',
    ],
    ['text', 'fine', 200, {}, 'unexpected "f" at offset 0'],
    ['a byte order mark', `\uFEFF${json}`, 200, {}, 'a byte order mark at offset 0'],
    ['a comma too many', '{"a":1,}', 200, {}, 'unexpected "}" at offset 7'],
    ['NaN', '{"a":NaN}', 200, {}, 'unexpected "N" at offset 5'],
    ['a comment', '{"a":1} // t0ken', 200, {}, 'unexpected "/" at offset 8'],
    ['JSONP', 'call({"a":1})', 200, {}, 'unexpected "c" at offset 0'],
    ['the key __proto__', '{"__proto__":{"x":1}}', 200, {}, '"__proto__"'],
    ['100,000 levels', '['.repeat(100_000), 200, {}, 'more than 16 levels of nesting at offset 16'],
    [
      'an unknown character set',
      json,
      200,
      { 'content-type': 'application/json; charset=klingon' },
      'klingon',
    ],
    ['no UTF-8', Uint8Array.of(0x22, 0xe4, 0x22), 200, {}, 'not text in utf-8'],
  ])('%s: status and time stay, the error says where', async (_, body, status, headers, words) => {
    const url = await endpoint(body, status, headers);
    const { values, error } = await read({ url: `${url}/?t0ken`, token: { secret: 'token' } });
    expect(values).toEqual({
      reachable: 1,
      response_time_ms: expect.any(Number),
      response_size_bytes: expect.any(Number),
      status_code: status,
    });
    expect(error).toMatchObject({ code: 'unreadable', message: expect.stringContaining(words) });
    expect(error?.message).not.toContain('t0ken');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('with 10⁶ keys is refused, compressed too, and one with 501 numbers by their count', async () => {
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [at, at])));
    const packed = await endpoint(gzipSync(keys(1_000_000)), 200, { 'content-encoding': 'gzip' });
    expect((await read({ url: packed })).error).toMatchObject({ code: 'too_large' });
    expect(await read({ url: await endpoint(keys(501)) })).toMatchObject({
      values: { status_code: 200 },
      error: { code: 'too_large', message: expect.stringContaining('501 numeric fields') },
    });
  });

  test('but a page elsewhere hints at who stands in between', async () => {
    const portal = await endpoint('<html>', 200, { 'content-type': 'text/html' });
    const url = await endpoint('', 302, { location: `${portal}/login` });
    const { values, error } = await read({ url });
    expect(values).toMatchObject({ status_code: 200 });
    expect(error?.message).toContain(`${url} had redirected there: is it a captive portal or a login page?`);
  });
});

test.each<[string, Uint8Array, string | undefined]>([
  ['UTF-8 without a word', Buffer.from('{"ä":1}'), undefined],
  ['UTF-8 that calls itself Latin-1', Buffer.from('{"ä":1}'), 'iso-8859-1'],
  ['Latin-1', Buffer.from('{"ä":1}', 'latin1'), '"ISO-8859-1"'],
  ['UTF-16', Buffer.from('{"ä":1}', 'utf16le'), 'utf-16'],
])('letters are right in %s', async (_, body, charset) => {
  const type = charset === undefined ? 'application/json' : `application/json; charset=${charset}`;
  expect((await read({ url: await endpoint(body, 200, { 'content-type': type }) })).values).toMatchObject({
    ä: 1,
  });
});

describe('options', () => {
  const url = 'http://127.0.0.1:1/';
  test.each<[string, Record<string, unknown>]>([
    ['no address', {}],
    ['a name and password in the address', { url: 'http://me:pw@127.0.0.1/' }],
    ['a script', { url: 'javascript:alert(1)' }],
    ['an unknown method', { url, method: 'DELETE' }],
    ['a password in clear', { url, username: 'me', password: 'pw' }],
    ['a header with a line end', { url, headers: { 'X-A': 'a\r\nb' } }],
    ['a body of more than 64 KiB', { url, method: 'POST', body: 'ä'.repeat(32 * 1024 + 1) }],
    ['an unknown key', { url, timeout: 1 }],
  ])('with %s are refused', (_, given) => {
    expect(http.options.safeParse(given).success).toBe(false);
  });

  test.each<[string, Record<string, unknown>]>([
    ['needs a user name', { url, password: { secret: 'password' } }],
    ['exclude each other', { url, username: 'me', token: { secret: 'token' } }],
    ['exclude each other', { url, token: { secret: 'token' }, headers: { authorization: { env: 'X' } } }],
    ['sends no body', { url, body: '{}' }],
  ])('that contradict each other say so: %s', (words, given) => {
    const { error } = http.options.safeParse(given);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
  });

  test('that refer to a secret that is not there say so', async () => {
    expect((await read({ url, token: { secret: 'gone' } })).error).toMatchObject({ code: 'unreadable' });
  });
});

test('what cannot be reached has no status and no time', async () => {
  const { values, error } = await read({ url: 'http://169.254.169.254/' });
  expect([values, error?.code]).toEqual([{}, 'forbidden']);
});

describe('fields that are chosen', () => {
  const body = '{"cpu":"80 %","free":"12.5","on":true,"disks":[{"used":1},{"used":2}],"a b":-0,"n":null}';
  const chosen = async (fields: unknown[]) => read({ url: await endpoint(body), fields });

  test('are the only ones, under the names they are given, converted as is declared', async () => {
    const { values, error } = await chosen([
      { path: '$.cpu', name: 'load', conversion: 'number_from_text' },
      { path: '$.free', conversion: 'number_from_text' },
      { path: '$.on', conversion: 'boolean' },
      { path: '$.disks[*].used', name: 'used' },
      { path: "$['a b']" },
    ]);
    expect(error).toBeNull();
    expect(values).toEqual({
      ...{ reachable: 1, response_time_ms: expect.any(Number), response_size_bytes: 88, status_code: 200 },
      ...{ load: 80, free: 12.5, on: 1, 'used.disks.0.used': 1, 'used.disks.1.used': 2, 'a b': 0 },
    });
  });

  test.each(['$.cpu', '$.on', '$.n', '$.disks', '$.nothing', '$'])(
    'say that there is no number at %s, and keep the others',
    async (path) => {
      const { values, error } = await chosen([{ path }, { path: '$.disks[0].used' }]);
      expect(values).toMatchObject({ 'disks.0.used': 1 });
      expect(error).toMatchObject({ code: 'unreadable', message: expect.stringContaining(`at ${path}.`) });
    },
  );
});

describe('what is expected', () => {
  test.each([
    [{ expectStatus: 200 }, 1],
    [{ expectStatus: 204 }, 0],
    [{ expectText: 'all is well' }, 1],
    [{ expectText: 'All is well' }, 0],
    [{ expectStatus: 200, expectText: 'broken' }, 0],
  ])('%o makes http_ok %i, and the answer need not be JSON for a text', async (options, ok) => {
    const { values, error } = await read({ url: await endpoint('<p>all is well'), ...options });
    expect(values).toMatchObject({ http_ok: ok, reachable: 1 });
    expect(error === null).toBe('expectText' in options);
  });

  test('is not met when nobody answers', async () => {
    const url = await rawServer((socket) => socket.destroy());
    expect(await read({ url, expectStatus: 200 })).toMatchObject({
      values: { reachable: 0, http_ok: 0 },
      error: { code: 'unreachable' },
    });
  });
});

test('an own authority is trusted where it is named, and nobody is checked only where that is said', async () => {
  const certificate = testCertificate({ name: 'localhost' });
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-http-'));
  const authorityFile = join(directory, 'own.pem');
  writeFileSync(authorityFile, certificate.pem);
  const url = `https://localhost:${await httpsServer(certificate, (_request, response) => response.end('{"a":1}'))}`;
  expect((await read({ url })).error?.code).toBe('unreachable');
  expect((await read({ url, authorityFile })).values).toMatchObject({ a: 1 });
  expect((await read({ url, verifyCertificate: false })).values).toMatchObject({ a: 1 });
  // What one origin said does not apply to another.
  const elsewhere = await endpoint('', 302, { location: url });
  expect((await read({ url: elsewhere })).error?.code).toBe('unreachable');
  rmSync(directory, { recursive: true });
});
