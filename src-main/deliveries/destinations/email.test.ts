import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { destinationSurroundings } from '../../testing/surroundings.ts';
import { emailDestination } from './email.ts';

const least = { host: 'mail.example.org', from: 'plimsoll@example.org', to: ['ops@example.org'] };
const password = { secret: 'smtp' };

/** Every problem as `path: message`. */
function problems(changes: Record<string, unknown>): string[] {
  const { error } = emailDestination.options.safeParse({ ...least, ...changes });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('the settings of an email destination', () => {
  it('need a server, a sender and a recipient, and are safe without more', () => {
    expect(emailDestination.options.parse(least)).toEqual({
      ...least,
      port: 587,
      security: 'starttls',
      onResolve: true,
    });
  });

  it.each([
    { to: ['ops@bücher.example'] },
    { from: 'Plimsoll on anchor <ops@example.org>' },
    { from: undefined, username: 'ops@example.org', password },
    { security: 'tls', port: 465 },
    { security: 'plain', port: 25 },
    { security: 'opportunistic', host: 'localhost' },
    { security: 'opportunistic', host: '127.0.0.53' },
    { security: 'opportunistic', host: '::1' },
    { to: Array.from({ length: 50 }, (_, index) => `ops${String(index)}@example.org`) },
  ])('may be %j', (changes) => {
    expect(problems(changes)).toEqual([]);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ to: ['a@b\r\nBcc:x'] }, /^to\.0: must be one mail address/],
    [{ to: ['"<x>"@y'] }, /^to\.0: must be one mail address/],
    [{ to: ['Name <a@b>'] }, /^to\.0: must be one mail address/],
    [{ to: [] }, /^to: at least one address is needed/],
    [
      { to: Array.from({ length: 500 }, (_, index) => `ops${String(index)}@example.org`) },
      /^to: at most 50 addresses are allowed; for more, use a mailing list/,
    ],
    [{ to: ['ops@bücher.example', 'Ops@xn--bcher-kva.example'] }, /^to: each address can be named once/],
    [{ from: 'A\r\nBcc: x@y <a@b>' }, /^from: must be a mail address/],
    [{ from: undefined }, /^from: is missing, and the user name is no mail address/],
    [{ from: undefined, username: 'ops', password }, /^from: is missing, and the user name/],
    [{ username: 'ops' }, /^password: is missing; a user name goes with a password/],
    [{ password }, /^username: is missing; a password goes with a user name/],
    [{ password: 'hunter2' }, /^password: must say where the secret is/],
    [{ host: 'smtp://mail.example.org' }, /^host: must be a server's name or IP address/],
    [{ host: 'mail.example.org:25' }, /^host: must be a server's name/],
    [{ port: 0 }, /^port: /],
    [{ port: 65_536 }, /^port: /],
    [{ security: 'none' }, /^security: /],
    [{ security: 'opportunistic' }, /^security: .*only for a server on this machine.*use starttls or tls/],
    [{ security: 'opportunistic', host: '127.evil.example' }, /^security: /],
  ])('may not be %j', (changes, problem) => {
    expect(problems(changes)).toEqual([expect.stringMatching(problem)]);
  });

  it('say whether the end of an alert is wanted', () => {
    const wants = (onResolve: boolean, to: 'firing' | 'resolved') =>
      emailDestination.wants?.(emailDestination.options.parse({ ...least, onResolve }), to);
    expect([wants(true, 'resolved'), wants(false, 'resolved'), wants(false, 'firing')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

it('a secret that cannot be read is waited for', async () => {
  const options = emailDestination.options.parse({ ...least, username: 'ops', password });
  const surroundings = destinationSurroundings({
    secret: () => Promise.reject(new PlimsollError('unreadable', 'The secret store is locked.')),
  });
  const attempt = emailDestination
    .open(options, surroundings)
    .deliver(exampleMessage(), new AbortController().signal);
  await expect(attempt).rejects.toMatchObject({
    code: 'unreadable',
    retry: true,
    message: 'The secret store is locked.',
  });
});
