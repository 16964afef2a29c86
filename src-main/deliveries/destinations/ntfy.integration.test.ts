import { describe, expect, test } from 'vitest';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { expectOutcome, httpDestination, storm } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { ntfy } from './ntfy.ts';
import { timeText } from '../words.ts';

interface Payload {
  title: string;
  message: string;
}

describe('ntfy', () => {
  test('is published to as JSON, which can carry every letter, with a click that leads to the alert', async () => {
    const { deliver, received } = await httpDestination('ntfy', undefined, {
      plimsollUrl: 'https://plimsoll.example.org/',
    });
    const message = exampleMessage({
      alert: { ruleName: 'Zu heiß 🔥', severity: 'critical' },
      context: exampleContext({ programs: undefined, others: [], host: {} }),
    });
    expect(await deliver(message)).toEqual({ arrived: true, receipt: 'ntfy took the message.' });
    expect(received).toMatchObject([{ url: '/', headers: { authorization: 'Bearer tk_s3cret' } }]);
    expect(received[0]?.payload).toEqual({
      topic: 'anchor-alerts',
      title: 'Zu heiß 🔥',
      message: [
        `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
        '',
        'Rule: CPU (cpu_usage) above 80 % for 2 samples in a row → warning',
        'Last values: 88 %, 91.5 %',
        '',
        `critical · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
      ].join('\n'),
      priority: 5,
      tags: ['rotating_light'],
      click: 'https://plimsoll.example.org/#/alerts/alert-1',
    });
  });

  test('rings less for what is less bad', async () => {
    const { deliver, received } = await httpDestination('ntfy');
    await deliver(exampleMessage());
    await deliver(exampleMessage({ alert: { state: 'resolved' }, transition: { to: 'resolved' } }));
    expect(received.map(({ payload }) => payload)).toMatchObject([
      { priority: 3, tags: ['warning'] },
      { priority: 2, tags: ['white_check_mark'] },
    ]);
  });

  test('is logged in to with a user name, or not at all', async () => {
    const options = { username: 'ann', password: { secret: 'password' }, token: undefined };
    const named = await httpDestination('ntfy', undefined, options);
    await named.deliver();
    const basic = Buffer.from('ann:s3cret pass').toString('base64');
    expect(named.received[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(named.lines.join('\n')).not.toContain(basic);
    const open = await httpDestination('ntfy', undefined, { token: undefined });
    await open.deliver();
    expect(open.received[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each<[object, string]>([
    [{ username: 'ann' }, 'password'],
    [{ password: { env: 'P' } }, 'username'],
    [{ token: { env: 'T' }, username: 'ann', password: { env: 'P' } }, 'token'],
    [{ topic: 'a/b' }, 'topic'],
  ])('settings such as %j are refused', (given, key) => {
    const { error } = ntfy.options.safeParse({ topic: 'x', ...given });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([key]);
  });

  test('gets a thousand alerts within 4,096 bytes, however many each letter takes', async () => {
    const { deliverTogether, received } = await httpDestination('ntfy');
    expect(await deliverTogether(storm('警报🔥'.repeat(40)))).toMatchObject({ arrived: true });
    const { title, message } = received[0]?.payload as Payload;
    expect(title).toBe('1,000 alerts on anchor: 1 critical, 999 warning');
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(message.isWellFormed()).toBe(true);
    expect(message).toMatch(/… and \d+ more lines\n\nand 330 more alerts: 330 warning$/);
  });
});

/** https://docs.ntfy.sh/publish/#limitations and https://github.com/binwiederhier/ntfy/blob/main/server/errors.go */
describe('what ntfy answers', () => {
  const no = (status: number, code: number, error: string): Reply => ({
    status,
    body: JSON.stringify({ code, http: status, error, link: 'https://ntfy.sh/docs/publish/' }),
  });
  test.each<[Reply, Expected]>([
    [{ body: '{"id":"x","time":1,"event":"message","topic":"t"}' }, { arrived: 'ntfy took' }],
    [{ body: '<!doctype html>' }, { 'given up': 'that of an ntfy server' }],
    [{ body: '' }, { 'given up': 'answered nothing in place of the message' }],
    [no(400, 40009, 'invalid request: topic invalid'), { 'given up': 'Choose another' }],
    [no(400, 40010, 'invalid request: topic name is disallowed'), { 'given up': 'does not allow a topic' }],
    [no(401, 40101, 'unauthorized'), { 'given up': 'does not know who this is' }],
    [no(403, 40301, 'forbidden'), { 'given up': 'may not write to the topic' }],
    [no(404, 40401, 'page not found'), { 'given up': 'no ntfy server' }],
    [{ status: 401, body: 'Authorization Required' }, { 'given up': 'Check the access token' }],
    [no(413, 41303, 'JSON body too large'), { 'given up': 'HTTP 413' }],
    [no(429, 42901, 'limit reached: too many requests, please be nice'), { later: 'too many requests' }],
    [no(429, 42908, 'limit reached: too many messages'), { later: 'used up' }],
    [no(500, 50001, 'internal server error'), { later: 'HTTP 500' }],
    [no(507, 50701, 'cannot publish to UnifiedPush topic'), { later: 'HTTP 507' }],
  ])('%j', (reply, expected) => expectOutcome('ntfy', reply, expected));
});
