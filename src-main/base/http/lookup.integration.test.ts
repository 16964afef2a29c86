import { describe, expect, test } from 'vitest';
import { httpServer } from '../../testing/loopback.ts';
import { ask, failure, names, textOf } from '../../testing/http-asking.ts';

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
