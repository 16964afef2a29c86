import { describe, expect, test } from 'vitest';
import { httpServer } from '../../testing/loopback.ts';
import { ask, failure, names, redirector, toldTo } from '../../testing/http-asking.ts';

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
    ['http://[', 'cannot be read'],
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
