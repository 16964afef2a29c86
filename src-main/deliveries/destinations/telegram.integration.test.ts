import { describe, expect, test } from 'vitest';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { attempt, expectOutcome, httpDestination, storm } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { telegram } from './telegram.ts';
import { timeText } from '../words.ts';

interface Payload {
  text: string;
}

describe('Telegram', () => {
  test('is written to in HTML, in the topic, with why it fired and a link', async () => {
    const { deliver, received } = await httpDestination('telegram', undefined, {
      threadId: 12,
      plimsollUrl: 'https://plimsoll.example.org/?a=1&b=2',
    });
    const context = exampleContext({ others: [] });
    expect(await deliver(exampleMessage({ alert: { ruleName: 'A & <B>' }, context }))).toEqual({
      arrived: true,
      receipt: 'Telegram took the message.',
    });
    expect(received).toMatchObject([{ url: '/bot123456:s3cret-of_telegram/sendMessage' }]);
    expect(received[0]?.payload).toEqual({
      chat_id: '-1001234',
      message_thread_id: 12,
      text: [
        '🟡 <b>A &amp; &lt;B&gt;</b>',
        `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
        '',
        '<b>Rule:</b> CPU (cpu_usage) above 80 % for 2 samples in a row → warning',
        '<b>Last values:</b> 88 %, 91.5 %',
        '<b>Busiest programs:</b> rustc CPU 4 → 310 % in 10 min, chrome CPU 22 %',
        '<b>Host:</b> on battery at 41 %, awake for 2 min after 8 h of sleep, load 7.50 4.00 2.00 on 4 processors',
        '',
        `warning · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
        '<a href="https://plimsoll.example.org/?a=1&amp;b=2#/alerts/alert-1">Open the alert</a>',
      ].join('\n'),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: false,
    });
  });

  test('rings for what begins and not for what is over', async () => {
    const { deliver, received } = await httpDestination('telegram');
    await deliver(exampleMessage({ alert: { state: 'resolved' }, transition: { to: 'resolved' } }));
    expect(received).toMatchObject([{ payload: { disable_notification: true } }]);
  });

  test('gets a thousand alerts within 4,096 characters, and no markup and no call of theirs', async () => {
    const { deliverTogether, received } = await httpDestination('telegram');
    expect(await deliverTogether(storm(`@admin <b>&amp;" ${hostileText}`))).toMatchObject({ arrived: true });
    const { text } = received[0]?.payload as Payload;
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text).toContain('@\u2060admin &lt;b&gt;&amp;amp;&quot; ');
    expect(text.replaceAll(/<\/?b>/g, '')).not.toMatch(/[<>"]|@(?!\u2060)|&(?!(?:amp|lt|gt|quot);)/);
    expect(text).toMatch(/\n\nand 330 more alerts: 330 warning$/);
  });

  test('a token that would lead elsewhere is refused, and not repeated', async () => {
    const destination = telegram.open(
      telegram.options.parse({ token: { secret: 'token' }, chatId: '1' }),
      destinationSurroundings({ secret: secretsOf({ token: '1:s3cret/../../x' }) }),
    );
    const outcome = await attempt(destination);
    expect(outcome).toMatchObject({
      arrived: false,
      retry: false,
      problem: expect.stringContaining('@BotFather'),
    });
    expect(JSON.stringify(outcome)).not.toContain('s3cret');
  });

  test.each(['', 'admin', '@a', '12 34', '1e5', '@name/../x'])('a chat is not called %j', (chatId) => {
    expect(telegram.options.safeParse({ token: { env: 'T' }, chatId }).success).toBe(false);
  });
});

/**
 * https://core.telegram.org/bots/api#making-requests, https://core.telegram.org/bots/api#responseparameters,
 * https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/faq; what `description` says is in
 * https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
 */
describe('what Telegram answers', () => {
  const no = (status: number, description: string, parameters?: object): Reply => ({
    status,
    body: JSON.stringify({ ok: false, error_code: status, description, parameters }),
  });
  test.each<[Reply, Expected]>([
    [{ body: '{"ok":true,"result":{"message_id":7}}' }, { arrived: 'Telegram took' }],
    [{ body: '{"ok":false}' }, { 'given up': 'in place of "ok": true' }],
    [{ body: '<html>' }, { 'given up': 'Bot API server' }],
    [no(400, 'Bad Request: chat not found'), { 'given up': 'There is no such chat' }],
    [no(400, 'Bad Request: message thread not found'), { 'given up': 'The topic does not exist' }],
    [
      no(400, "Bad Request: can't parse entities: Unsupported start tag"),
      { 'given up': 'mistake in Plimsoll' },
    ],
    [
      no(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: -1001987654321,
      }),
      { 'given up': 'enter -1001987654321 as the chat' },
    ],
    [no(401, 'Unauthorized'), { 'given up': 'The token is wrong or was revoked' }],
    [no(403, 'Forbidden: bot was blocked by the user'), { 'given up': 'has blocked the bot' }],
    [no(403, 'Forbidden: bot was kicked from the supergroup chat'), { 'given up': 'Add it again' }],
    [
      no(403, "Forbidden: bot can't initiate conversation with a user"),
      { 'given up': 'write to the bot first' },
    ],
    [no(403, 'Forbidden: user is deactivated'), { 'given up': 'does not exist any more' }],
    [no(404, 'Not Found'), { 'given up': 'The token is wrong' }],
    [
      no(429, 'Too Many Requests: retry after 35', { retry_after: 35 }),
      { later: 'It asks to wait 35 s', waitMs: 35_000 },
    ],
    [no(429, 'Too Many Requests', { retry_after: 'soon' }), { later: 'HTTP 429' }],
    [no(500, 'Internal Server Error'), { later: 'HTTP 500' }],
    [no(502, 'Bad Gateway'), { later: 'HTTP 502' }],
  ])('%j', (reply, expected) => expectOutcome('telegram', reply, expected));
});
