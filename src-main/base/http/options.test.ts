import { expect, test } from 'vitest';
import { secretsOf } from '../../testing/surroundings.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from './options.ts';

const problemsOf = (headers: unknown) =>
  httpHeadersSchema.safeParse(headers).error?.issues.map(({ path, message }) => [path.join('.'), message]) ??
  [];

test('an address says why it cannot be taken, and does not repeat itself', () => {
  expect(httpUrlSchema.safeParse('https://example.org:8443/status?full=1').success).toBe(true);
  const { error } = httpUrlSchema.safeParse('http://me:s3cret@example.org/');
  expect(error?.issues[0]?.message).toContain('must not contain a user name');
  expect(JSON.stringify(error)).not.toContain('s3cret');
});

test('headers are text or refer to secrets, and each says what is wrong with it', () => {
  expect(problemsOf({ Accept: 'text/plain', 'X-Key': { secret: 'key' } })).toEqual([]);
  expect(problemsOf({ 'X-Key': { password: 'x' } })).toEqual([
    ['X-Key', expect.stringContaining('{ env: NAME }')],
  ]);
  expect(problemsOf({ 'X Key': '1', Host: 'a', 'X-Line': 'a\r\nBcc: b' }).map(([name]) => name)).toEqual([
    'X Key',
    'Host',
    'X-Line',
  ]);
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, '']));
  expect(problemsOf(many)).toEqual([['', 'must not be more than 50 headers']]);
});

test('headers that are called as secrets are referred to, and what stands there is not repeated', () => {
  const clear = { Authorization: 'Bearer s3cret', 'x-api-key': 's3cret', Cookie: 'a=s3cret' };
  const message = expect.stringContaining(
    'write { env: NAME }, { file: PATH } or { secret: NAME }',
  ) as string;
  expect(problemsOf(clear)).toEqual(Object.keys(clear).map((name) => [name, message]));
  expect(JSON.stringify(problemsOf(clear))).not.toContain('s3cret');
  expect(problemsOf({ Authorization: { env: 'TOKEN' }, 'Idempotency-Key': '1', 'X-Token': '' })).toEqual([]);
  expect(problemsOf({ 'X-Token': 'a\r\nBcc: b' })).toEqual([
    ['X-Token', expect.stringContaining('line end')],
  ]);
});

test('references are looked up, and what they led to is told apart', async () => {
  const secret = secretsOf({ key: 's3cret' });
  expect(await resolvedHeaders({ Accept: 'text/plain', 'X-Key': { secret: 'key' } }, secret)).toEqual({
    headers: { Accept: 'text/plain', 'X-Key': 's3cret' },
    secrets: ['s3cret'],
  });
  await expect(resolvedHeaders({ 'X-Key': { secret: 'gone' } }, secret)).rejects.toMatchObject({
    code: 'unreadable',
  });
  expect(await resolvedHeaders(undefined, secret)).toEqual({ headers: {}, secrets: [] });
});
