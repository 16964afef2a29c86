import { describe, expect, test } from 'vitest';
import { exampleMessage } from '../../testing/example-message.ts';
import { expectOutcome, httpDestination, storm } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { timeText } from '../words.ts';

describe('Gotify', () => {
  test('is pushed to below its path, as plain text, with a click that leads to the alert', async () => {
    const { deliver, received } = await httpDestination('gotify', undefined, {
      plimsollUrl: 'https://plimsoll.example.org',
    });
    expect(await deliver()).toEqual({ arrived: true, receipt: 'Gotify took the message.' });
    expect(received).toMatchObject([{ url: '/push/message', headers: { 'x-gotify-key': 'A-s3cret-token' } }]);
    expect(received[0]?.payload).toEqual({
      title: 'CPU above 80 %',
      message: [
        `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
        '',
        `warning · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
      ].join('\n'),
      priority: 5,
      extras: {
        'client::display': { contentType: 'text/plain' },
        'client::notification': { click: { url: 'https://plimsoll.example.org/#/alerts/alert-1' } },
      },
    });
  });

  test('gets a thousand alerts as one, as bad as the worst', async () => {
    const { deliverTogether, received } = await httpDestination('gotify');
    expect(await deliverTogether(storm('rule'))).toMatchObject({ arrived: true });
    expect(received).toMatchObject([
      { payload: { title: '1,000 alerts on anchor: 1 critical, 999 warning', priority: 8 } },
    ]);
  });

  test('stays silent for what is over', async () => {
    const { deliver, received } = await httpDestination('gotify');
    await deliver(exampleMessage({ alert: { state: 'resolved' }, transition: { to: 'resolved' } }));
    expect(received).toMatchObject([{ payload: { priority: 2, title: 'Over: CPU above 80 %' } }]);
  });
});

/** https://gotify.net/docs/pushmsg and the server's OpenAPI description, https://gotify.net/api-docs: 200, 400, 401, 403. */
describe('what Gotify answers', () => {
  const no = (status: number, error: string, errorDescription: string): Reply => ({
    status,
    body: JSON.stringify({ error, errorCode: status, errorDescription }),
  });
  test.each<[Reply, Expected]>([
    [{ body: '{"id":25,"appid":5}' }, { arrived: 'Gotify took' }],
    [{ body: '{}' }, { 'given up': 'that of a Gotify server' }],
    [{ body: '<html>' }, { 'given up': 'that of a Gotify server' }],
    [no(400, 'Bad Request', "Field 'message' is required"), { 'given up': 'HTTP 400' }],
    [
      no(
        401,
        'Unauthorized',
        'you need to provide a valid access token or user credentials to access this api',
      ),
      { 'given up': 'Make one under Apps' },
    ],
    [no(403, 'Forbidden', 'you are not allowed to access this api'), { 'given up': 'Make one under Apps' }],
    [{ status: 404, body: '404 page not found' }, { 'given up': 'no Gotify server' }],
    [no(500, 'Internal Server Error', 'database is locked'), { later: 'HTTP 500' }],
    [{ status: 502 }, { later: 'HTTP 502' }],
  ])('%j', (reply, expected) => expectOutcome('gotify', reply, expected));
});
