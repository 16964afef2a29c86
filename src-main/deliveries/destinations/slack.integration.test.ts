import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileContext } from '../../testing/example-context.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { httpServer } from '../../testing/loopback.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { slack } from './slack.ts';
import { timeText } from '../words.ts';

interface Payload {
  text: string;
  blocks: { type: string; text?: { text: string }; elements?: { text: string }[] }[];
}

/** A stand-in for Slack: keeps what it receives and answers as the test says. */
async function workspace(answer: (response: ServerResponse) => unknown = (response) => response.end('ok')) {
  const received: Payload[] = [];
  const origin = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push(JSON.parse(body) as Payload);
    answer(response);
  });
  const lines: string[] = [];
  const destination = slack.open(
    slack.options.parse({ webhookUrl: { secret: 'hook' } }),
    destinationSurroundings({
      secret: secretsOf({ hook: `${origin}/services/T0/B0/s3cret` }),
      trace: (line) => void lines.push(line),
    }),
  );
  const { signal } = new AbortController();
  const deliver = (message = exampleMessage()) => destination.deliver(message, signal);
  const deliverTogether = (messages: Bundle['messages']) =>
    destination.together?.deliver({ id: 'b1', messages }, signal);
  return { origin, received, lines, deliver, deliverTogether };
}

async function failure(delivery: Promise<string>): Promise<PlimsollError> {
  const thrown: unknown = await delivery.catch((error: unknown) => error);
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`);
}

describe('Slack', () => {
  test('is told in words, and that it is over too', async () => {
    const { deliver, received } = await workspace();
    expect(await deliver()).toBe('Slack took the message.');
    await deliver(
      exampleMessage({
        alert: { state: 'resolved', severity: 'critical' },
        transition: { from: 'firing', to: 'resolved', reason: 'back_within', value: 12 },
        test: true,
      }),
    );
    expect(received).toEqual([
      {
        text: ':large_yellow_circle: CPU above 80 %',
        blocks: [
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              verbatim: true,
              text: `:large_yellow_circle: *CPU above 80 %*\nCPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
            },
          },
          {
            type: 'context',
            elements: [
              {
                type: 'mrkdwn',
                verbatim: true,
                text: `warning · ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}`,
              },
            ],
          },
        ],
      },
      expect.objectContaining({ text: ':white_check_mark: Test: Over: CPU above 80 %' }),
    ]);
  });

  test('hears of ends unless it does not want to', () => {
    const wants = (options: object) =>
      slack.wants?.(slack.options.parse({ webhookUrl: { env: 'HOOK' }, ...options }), 'resolved');
    expect([wants({}), wants({ onResolve: false })]).toEqual([true, false]);
  });

  test('cannot be made to call people or to take a second line, whatever things are called', async () => {
    const { deliver, received } = await workspace();
    const series = { host: hostileText, source: hostileText, metric: hostileText.repeat(20), labels: {} };
    await deliver(exampleMessage({ alert: { ruleName: hostileText, series }, context: hostileContext() }));
    const [payload] = received;
    const texts = [payload?.text, ...(payload?.blocks.map(({ text }) => text?.text) ?? [])].join('\n');
    expect(texts).not.toMatch(/[<>]|\u001b|\r|\u202e/);
    expect(texts).toContain('&lt;!channel&gt;');
    expect(texts).toContain('&amp;lt;!here&amp;gt;');
    const [section] = payload?.blocks ?? [];
    expect(section?.text?.text.split('\n')).toHaveLength(2);
    expect(section?.text?.text.length).toBeLessThanOrEqual(3000);
    expect(section?.text?.text).not.toMatch(/&[^;]{0,4}…/);
    const [, reasons] = payload?.blocks ?? [];
    expect(reasons?.text?.text.split('\n').map((line) => line.split(':*')[0])).toEqual([
      '*Rule',
      '*Last values',
      '*Busiest programs',
      '*Out of the usual',
      '*Host',
    ]);
    expect(reasons?.text?.text.length).toBeLessThanOrEqual(3000);
  });
});

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors, https://docs.slack.dev/apis/web-api/rate-limits */
describe('F-8: what Slack answers', () => {
  test.each<[number, string, boolean, string]>([
    [400, 'invalid_payload', false, 'mistake in Plimsoll'],
    [404, 'no_service', false, 'Make a new webhook'],
    [403, 'invalid_token', false, 'revoked'],
    [403, 'action_prohibited', false, 'administrator'],
    [410, 'channel_is_archived', false, 'archived'],
    [404, 'channel_not_found', false, 'does not exist any more'],
    [404, 'constructor', false, 'HTTP 404 Not Found: constructor'],
    [200, '{"ok":false,"error":"channel_is_archived"}', false, 'archived'],
    [200, '{"ok":true}', false, 'in place of "ok"'],
    [200, '', false, 'answered nothing'],
    [200, '<html>', false, 'incoming webhook'],
    [429, 'rate_limited', true, 'Retry-After: 30'],
    [500, 'rollup_error', true, 'HTTP 500'],
    [503, '', true, 'HTTP 503'],
  ])('%i %s', async (status, body, retry, words) => {
    const { deliver } = await workspace((response) =>
      response.writeHead(status, { 'Retry-After': 30 }).end(body),
    );
    const error = await failure(deliver());
    expect([error.retry, error.message]).toEqual([retry, expect.stringContaining(words)]);
    expect(error.message).not.toContain('s3cret');
  });

  test('many alerts are one message, within what Slack takes, whatever they are called', async () => {
    const { deliverTogether, received } = await workspace();
    const message = (index: number) =>
      exampleMessage({
        alert: {
          id: `a${index}`,
          ruleId: `r${index % 30}`,
          ruleName: `${index % 30} <!channel> & ${hostileText}`,
          severity: index === 7 ? 'critical' : 'warning',
        },
      });
    const others = Array.from({ length: 998 }, (_, index) => message(index + 2));
    expect(await deliverTogether([message(0), message(1), ...others])).toBe('Slack took the message.');
    expect(received).toHaveLength(1);
    const [payload] = received;
    expect(payload?.text).toBe(':red_circle: 1,000 alerts on anchor: 1 critical, 999 warning');
    expect(payload?.blocks.length).toBeLessThanOrEqual(50);
    const texts =
      payload?.blocks.flatMap(({ text, elements = [] }) => [
        text?.text ?? '',
        ...elements.map((each) => each.text),
      ]) ?? [];
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(3000);
    expect(texts.join('')).not.toContain('<!');
    expect(texts.at(-1)).toBe('and 330 more alerts: 330 warning');
  });

  test('a redirect is not followed', async () => {
    const { deliver, received } = await workspace((response) =>
      response.writeHead(307, { location: '/' }).end(),
    );
    expect(await failure(deliver())).toMatchObject({ code: 'forbidden' });
    expect(received).toHaveLength(1);
  });

  test('is shown to who looks at a test, without the address', async () => {
    const { origin, deliver, lines } = await workspace((response) =>
      response.end('no hook at /services/T0/B0/s3cret here'),
    );
    await failure(deliver());
    expect(lines).toEqual([
      '> POST [secret] HTTP/1.1',
      `> Host: ${new URL(origin).host}`,
      '> Content-Type: application/json',
      '< HTTP 200 OK',
      '< no hook at [secret] here',
    ]);
  });

  test('an address that is none is not repeated', async () => {
    const destination = slack.open(
      slack.options.parse({ webhookUrl: { secret: 'hook' } }),
      destinationSurroundings({ secret: secretsOf({ hook: 's3cret' }) }),
    );
    const error = await failure(destination.deliver(exampleMessage(), new AbortController().signal));
    expect(error.code).toBe('invalid_settings');
    expect(error.message).not.toContain('s3cret');
  });
});
