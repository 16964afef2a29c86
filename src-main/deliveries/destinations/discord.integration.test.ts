import { describe, expect, test } from 'vitest';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { attempt, expectOutcome, httpDestination, storm } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { httpServer } from '../../testing/loopback.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { discord } from './discord.ts';
import { timeText } from '../words.ts';

interface Payload {
  content: string;
  embeds: { description: string; color: number }[];
}

describe('Discord', () => {
  test('is told in words, with why it fired and a link, and calls nobody', async () => {
    const { deliver, received } = await httpDestination('discord', undefined, {
      plimsollUrl: 'https://plimsoll.example.org/in(side)',
    });
    const message = exampleMessage({ context: exampleContext() });
    expect(await deliver(message)).toEqual({ arrived: true, receipt: 'Discord took the message.' });
    expect(received).toMatchObject([
      {
        url: '/api/webhooks/1234/s3cret-of-discord?wait=true',
        payload: {
          content: '🟡 **CPU above 80 %**',
          embeds: [
            {
              description: [
                `CPU (cpu\\_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
                '',
                '**Rule:** CPU (cpu\\_usage) above 80 % for 2 samples in a row → warning',
                '**Last values:** 88 %, 91.5 %',
                '**Busiest programs:** rustc CPU 4 → 310 % in 10 min, chrome CPU 22 %',
                '**Out of the usual:** memory memory\\_percent 92 % (usually 40 % to 61.5 %)',
                '**Host:** on battery at 41 %, awake for 2 min after 8 h of sleep, load 7.50 4.00 2.00 on 4 processors',
                '',
                `warning · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
                '[Open the alert](https://plimsoll.example.org/in%28side%29#/alerts/alert-1)',
              ].join('\n'),
              color: 0xe5a50a,
            },
          ],
          allowed_mentions: { parse: [] },
        },
      },
    ]);
  });

  test('is posted to in the thread that its address names', async () => {
    const urls: (string | undefined)[] = [];
    const origin = await httpServer((request, response) => {
      urls.push(request.url);
      response.writeHead(204).end();
    });
    const destination = discord.open(
      discord.options.parse({ webhookUrl: { secret: 'hook' } }),
      destinationSurroundings({ secret: secretsOf({ hook: `${origin}/api/webhooks/1/x?thread_id=99` }) }),
    );
    expect(await attempt(destination)).toMatchObject({ arrived: true });
    expect(urls).toEqual(['/api/webhooks/1/x?thread_id=99&wait=true']);
  });

  test('gets a thousand alerts within its limits, and no markup of theirs', async () => {
    const { deliverTogether, received } = await httpDestination('discord');
    expect(await deliverTogether(storm(`**_\\ ${hostileText}`))).toMatchObject({ arrived: true });
    const { content, embeds } = received[0]?.payload as Payload;
    expect(content).toBe('🔴 **1,000 alerts on anchor: 1 critical, 999 warning**');
    const [{ description } = { description: '' }] = embeds;
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(description.length + content.length).toBeLessThanOrEqual(6000);
    expect(description).toContain('\\*\\*\\_\\\\ =HYPERLINK("http\\://x") \\<img');
    expect(description).toMatch(/… and \d+ more lines\n\nand 330 more alerts: 330 warning$/);
  });
});

/**
 * https://docs.discord.com/developers/resources/webhook#execute-webhook, https://docs.discord.com/developers/topics/rate-limits
 * (seconds in `retry_after`, with fractions), https://docs.discord.com/developers/topics/opcodes-and-status-codes
 */
describe('what Discord answers', () => {
  const json = { 'Content-Type': 'application/json' };
  test.each<[Reply, Expected]>([
    [{ body: '{"id":"1","type":0,"content":"…"}' }, { arrived: 'Discord took' }],
    [{ status: 204 }, { arrived: 'Discord took' }],
    [
      { status: 400, body: '{"message":"Cannot send an empty message","code":50006}' },
      { 'given up': 'mistake in Plimsoll' },
    ],
    [
      { status: 400, body: '{"code":50035,"errors":{"embeds":["0"]},"message":"Invalid Form Body"}' },
      { 'given up': 'mistake in Plimsoll' },
    ],
    [
      {
        status: 400,
        body: '{"message":"Webhooks posted to forum channels must have a thread_name or thread_id","code":220001}',
      },
      { 'given up': 'add ?thread_id=' },
    ],
    [
      { status: 400, body: '{"message":"Thread is archived","code":50083}' },
      { 'given up': 'The thread is archived' },
    ],
    [
      { status: 401, body: '{"message":"Invalid Webhook Token","code":50027}' },
      { 'given up': 'not complete or was revoked' },
    ],
    [
      { status: 403, body: '{"message":"Missing Permissions","code":50013}' },
      { 'given up': 'may not post there' },
    ],
    [
      { status: 404, body: '{"message":"Unknown Webhook","code":10015}' },
      { 'given up': 'The webhook was deleted. Make a new webhook' },
    ],
    [
      { status: 404, body: '{"message":"Unknown Channel","code":10003}' },
      { 'given up': 'The channel does not exist any more' },
    ],
    [
      {
        status: 429,
        headers: { ...json, 'Retry-After': '65', 'X-RateLimit-Scope': 'user' },
        body: '{"message":"You are being rate limited.","retry_after":64.57,"global":false}',
      },
      { later: 'It asks to wait 65 s', waitMs: 64_570 },
    ],
    // Discord's proxy also limits requests, and answers in HTML.
    [
      { status: 429, headers: { 'Retry-After': '120' }, body: '<html>error code: 1015</html>' },
      { later: 'Retry-After: 120', waitMs: 120_000 },
    ],
    [{ status: 429, body: '{"retry_after":"soon"}' }, { later: 'HTTP 429' }],
    [{ status: 429, body: '{"retry_after":-1}' }, { later: 'HTTP 429' }],
    [{ status: 502, body: '<html>' }, { later: 'HTTP 502' }],
    [{ status: 404, body: '{"code":"constructor"}' }, { 'given up': 'HTTP 404' }],
  ])('%j', (reply, expected) => expectOutcome('discord', reply, expected));
});
