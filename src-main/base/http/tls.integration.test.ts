import { describe, expect, test } from 'vitest';
import { testCertificate } from '../../testing/certificate.ts';
import { httpServer, httpsServer } from '../../testing/loopback.ts';
import { ask, failure, names, textOf } from '../../testing/http-asking.ts';

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
