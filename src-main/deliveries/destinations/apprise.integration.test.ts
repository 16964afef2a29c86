import { describe, expect, test } from 'vitest';
import { exampleMessage } from '../../testing/example-message.ts';
import { expectOutcome, httpDestination, storm } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { apprise } from './apprise.ts';
import { timeText } from '../words.ts';

describe('Apprise', () => {
  test('is handed a text for the services of a key, or those with a tag', async () => {
    const { deliver, received } = await httpDestination('apprise', undefined, { tag: 'ops' });
    const message = exampleMessage({ alert: { ruleName: '@everyone <!channel>' } });
    expect(await deliver(message)).toEqual({
      arrived: true,
      receipt: 'Apprise handed the message to its services.',
    });
    expect(received).toMatchObject([
      { url: '/notify/s3cret-of-apprise/', headers: { accept: 'application/json' } },
    ]);
    expect(received[0]?.payload).toEqual({
      tag: 'ops',
      title: '@\u2060everyone <\u2060!channel>',
      body: [
        `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
        '',
        `warning · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
      ].join('\n'),
      type: 'warning',
      format: 'text',
    });
  });

  test('is handed the addresses too, where it keeps none, and they are not shown', async () => {
    const { deliver, received, lines } = await httpDestination(
      'apprise',
      { status: 400, body: '{"error":"json://s3cret.example.org/a is no service"}' },
      { key: undefined, urls: { secret: 'urls' } },
    );
    const outcome = await deliver();
    expect(received).toMatchObject([
      { url: '/notify/', payload: { urls: 'pover://user@s3cret, json://s3cret.example.org/a' } },
    ]);
    expect(JSON.stringify([outcome, lines])).not.toContain('s3cret');
    expect(lines.at(-1)).toBe('< {"error":"[secret] is no service"}');
  });

  test.each<[object, string]>([
    [{}, 'key'],
    [{ key: { env: 'K' }, urls: { env: 'U' } }, 'urls'],
    [{ urls: { env: 'U' }, tag: 'ops' }, 'tag'],
  ])('settings such as %j are refused', (given, key) => {
    const { error } = apprise.options.safeParse({ server: 'http://x/', ...given });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([key]);
  });

  test('a key that would lead elsewhere is refused, and not repeated', async () => {
    const { deliver, received } = await httpDestination('apprise', undefined, { key: { secret: 'urls' } });
    const outcome = await deliver();
    expect(outcome).toMatchObject({ arrived: false, retry: false });
    expect(JSON.stringify(outcome)).not.toContain('s3cret');
    expect(received).toEqual([]);
  });

  test('is told what kind of news it is', async () => {
    const { deliver, deliverTogether, received } = await httpDestination('apprise');
    await deliver(exampleMessage({ test: true }));
    await deliver(exampleMessage({ alert: { state: 'resolved' }, transition: { to: 'resolved' } }));
    await deliverTogether(storm('rule'));
    const types = received.map(({ payload }) => (payload as { type: string }).type);
    expect(types).toEqual(['info', 'success', 'failure']);
  });

  test('what only some services took is tried three times more, a minute apart, and then given up', async () => {
    const { deliver } = await httpDestination('apprise', {
      status: 424,
      body: '{"error":"One or more notification could not be sent."}',
    });
    const first = exampleMessage({ id: 'first' });
    const retries = [];
    for (let attempt = 0; attempt < 4; attempt++) retries.push(await deliver(first));
    expect(retries).toMatchObject([
      ...Array.from({ length: 3 }, () => ({ retry: true, retryAfterMs: 60_000 })),
      { retry: false, retryAfterMs: undefined },
    ]);
    expect(await deliver(exampleMessage({ id: 'second' }))).toMatchObject({ retry: true });
  });
});

/** github.com/caronc/apprise-api: README, "API Details", and the answers in its api/views.py. */
describe('what an Apprise API answers', () => {
  test.each<[Reply, Expected]>([
    [{ body: '{"error":""}' }, { arrived: 'Apprise handed' }],
    [{ status: 204 }, { 'given up': 'nothing under this key' }],
    [{ status: 400, body: '{"error":"Bad FORM Payload provided"}' }, { 'given up': 'HTTP 400' }],
    [{ status: 404, body: '<html>' }, { 'given up': 'no Apprise API' }],
    [{ status: 405 }, { 'given up': 'HTTP 405' }],
    [{ status: 421 }, { 'given up': 'in a circle' }],
    [
      { status: 424, body: '{"error":"One or more notification could not be sent."}' },
      { later: 'the log of the server says which', waitMs: 60_000 },
    ],
    [{ status: 431 }, { 'given up': 'HTTP 431' }],
    [{ status: 500, body: '{"error":"…"}' }, { later: 'HTTP 500' }],
    [{ status: 502 }, { later: 'HTTP 502' }],
  ])('%j', (reply, expected) => expectOutcome('apprise', reply, expected));
});
