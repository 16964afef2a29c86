import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { hostileContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { httpServer, rawServer } from '../../testing/loopback.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { recordOf } from '../record.ts';
import { webhook } from './webhook.ts';

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver that keeps what it was sent and answers as the test says. */
async function receiver(answer: (response: ServerResponse, request: IncomingMessage) => unknown) {
  const received: Received[] = [];
  const url = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response, request);
  });
  return { url, received };
}

const surroundings = { secret: secretsOf({ key: 's3cret' }) };
const { signal } = new AbortController();

function deliver(
  options: Record<string, unknown>,
  message = exampleMessage(),
  trace?: (line: string) => void,
) {
  const destination = webhook.open(
    webhook.options.parse(options),
    destinationSurroundings({ ...surroundings, ...(trace && { trace }) }),
  );
  return destination.deliver(message, signal);
}

async function failure(options: Record<string, unknown>): Promise<PlimsollError> {
  const thrown: unknown = await deliver(options).catch((error: unknown) => error);
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`);
}

describe('a webhook', () => {
  test('gets the record as JSON, once, with a key that tells repetitions', async () => {
    const { url, received } = await receiver((response) => response.end('thank you'));
    const message = exampleMessage();
    expect(await deliver({ url: `${url}/hook?a=b` }, message)).toBe('HTTP 200 OK: thank you');
    expect(received).toEqual([
      {
        method: 'POST',
        url: '/hook?a=b',
        headers: expect.objectContaining({
          'content-type': 'application/json',
          'idempotency-key': message.id,
          'user-agent': expect.stringMatching(/^Plimsoll\/\d/),
        }),
        body: JSON.stringify(recordOf(message)),
      },
    ]);
  });

  test('is sent to by PUT and with headers where that is wished', async () => {
    const { url, received } = await receiver((response) => response.writeHead(204).end());
    const headers = { 'content-type': 'application/vnd.x+json', 'X-Key': { secret: 'key' } };
    expect(await deliver({ url, method: 'PUT', headers })).toBe('HTTP 204 No Content');
    expect(received).toMatchObject([
      { method: 'PUT', headers: { 'content-type': 'application/vnd.x+json', 'x-key': 's3cret' } },
    ]);
  });

  test('is signed where it is given a secret, for the moment at which it is sent', async () => {
    const { url, received } = await receiver((response) => response.end());
    const message = exampleMessage();
    const headers = { 'Webhook-Signature': 'v1,mine' };
    const before = Math.floor(Date.now() / 1000);
    await deliver({ url, headers: {}, signingSecret: { secret: 'key' } }, message);
    const [first] = received;
    const at = Number(first?.headers['webhook-timestamp']);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now() / 1000);
    const signature = createHmac('sha256', 's3cret').update(`${message.id}.${at}.${first?.body ?? ''}`);
    expect(first?.headers).toMatchObject({
      'webhook-id': message.id,
      'idempotency-key': message.id,
      'webhook-signature': `v1,${signature.digest('base64')}`,
    });
    expect(webhook.options.safeParse({ url, headers }).success).toBe(false);
  });

  test('hears of ends unless it does not want to', () => {
    const wants = (options: object) =>
      webhook.wants?.(webhook.options.parse({ url: 'http://x/', ...options }), 'resolved');
    expect([wants({}), wants({ onResolve: false })]).toEqual([true, false]);
  });

  test('gets hostile names as plain text', async () => {
    const { url, received } = await receiver((response) => response.end());
    const message = exampleMessage({
      id: 'a-1',
      alert: {
        ruleName: hostileText,
        series: {
          host: 'anchor',
          source: hostileText,
          metric: hostileText,
          labels: { [hostileText]: hostileText },
        },
      },
      source: { name: hostileText, kind: 'cpu' },
      context: hostileContext(),
    });
    await deliver({ url }, message);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers).not.toHaveProperty('bcc');
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(recordOf(message));
  });
});

describe('an answer', () => {
  test.each([
    [400, false, 'invalid_request'],
    [401, false, 'unauthorized'],
    [404, false, 'not_found'],
    [408, true, 'deadline'],
    [410, false, 'not_found'],
    [422, false, 'invalid_request'],
    [425, true, 'invalid_request'],
    [429, true, 'too_many_requests'],
    [500, true, 'unreachable'],
    [503, true, 'unreachable'],
    [304, false, 'invalid_request'],
  ])('of %i is worth another attempt: %s', async (status, retry, code) => {
    const { url } = await receiver((response) => response.writeHead(status, { 'retry-after': '30' }).end());
    const error = await failure({ url: `${url}/?s3cret` });
    expect(error).toMatchObject({ code, retry, retryAfterMs: retry ? 30_000 : undefined });
    expect(error.message).toContain(`${url} answered HTTP ${status} `);
    expect(error.message.includes('Retry-After: 30')).toBe(retry);
    expect(error.message).not.toContain('s3cret');
  });

  test.each([
    ['0', 0],
    ['Mon, 05 Jan 2026 12:01:30 GMT', 90_000],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
  ])('that asks to wait until %s is taken at its word, by its own clock', async (retryAfter, ms) => {
    const date = 'Mon, 05 Jan 2026 12:00:00 GMT';
    const { url } = await receiver((response) =>
      response.writeHead(503, { 'retry-after': retryAfter, date }).end(),
    );
    expect((await failure({ url })).retryAfterMs).toBe(ms);
  });

  test('is shown as its beginning, without control characters and secrets', async () => {
    const body = `no\u001b[2J\r\n\u202e "s3cret" ${'😀'.repeat(300)}`;
    const { url } = await receiver((response) => response.writeHead(400).end(body));
    const { message } = await failure({ url, headers: { 'X-Key': { secret: 'key' } } });
    expect(message).toBe(`${url} answered HTTP 400 Bad Request: no [2J "[secret]" ${'😀'.repeat(182)}….`);
  });

  test('that is a redirect is followed only where the message is not lost', async () => {
    const { url: last, received } = await receiver((response) => response.end());
    const redirecting = (status: number) =>
      receiver((response) => response.writeHead(status, { location: `${last}/end` }).end());
    expect(await deliver({ url: (await redirecting(308)).url })).toBe('HTTP 200 OK');
    expect(received).toMatchObject([{ method: 'POST', url: '/end' }]);
    expect(await failure({ url: (await redirecting(302)).url })).toMatchObject({
      code: 'forbidden',
      retry: true,
    });
    expect(received).toHaveLength(1);
  });

  test('F-7: that does not come because the connection ends before or after the message was read', async () => {
    for (const atOnce of [true, false]) {
      const url = await rawServer((socket) => {
        if (atOnce) socket.destroy();
        else socket.once('data', () => socket.destroy());
      });
      expect(await failure({ url })).toMatchObject({ code: 'unreachable', retry: true });
    }
  });

  test('F-7: that comes before the message was sent counts, once', async () => {
    let connections = 0;
    const url = await rawServer((socket) => {
      connections++;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly');
    });
    expect(await deliver({ url })).toBe('HTTP 200 OK: early');
    expect(connections).toBe(1);
  });
});

test('an answer repeats no secret, in whatever form it is said', async () => {
  const secret = secretsOf({ key: 'Bearer s3/cr "ët"' });
  const key = 's3/cr "ët"';
  const forms = [
    key,
    JSON.stringify({ key }),
    encodeURIComponent(key),
    Buffer.from(key).toString('base64'),
    '"s3\\/cr \\"\\u00ebt\\""',
  ];
  const { url } = await receiver((response) => response.writeHead(500).end(forms.join(' ')));
  const options = webhook.options.parse({ url, headers: { Authorization: { secret: 'key' } } });
  const lines: string[] = [];
  const destination = webhook.open(
    options,
    destinationSurroundings({ secret, trace: (line) => void lines.push(line) }),
  );
  const thrown: unknown = await destination
    .deliver(exampleMessage(), new AbortController().signal)
    .catch((reason: unknown) => reason);
  for (const said of [String(thrown), lines.join('\n')]) {
    expect(said).toContain('[secret]');
    for (const form of [...forms, 's3', 'cr ']) expect(said).not.toContain(form);
  }
});

test('who looks at a test sees both sides, without secrets', async () => {
  const { url } = await receiver((response, { headers }) =>
    response.writeHead(202).end(`key ${String(headers['x-key'])}`),
  );
  const lines: string[] = [];
  const headers = {
    'X-Key': { secret: 'key' },
    'X-Team': { secret: 'key' },
    Cookie: { secret: 'key' },
    Accept: 'text/plain',
  };
  const message = exampleMessage({ id: 'a-1' });
  await deliver({ url: `${url}/hook?code=1`, headers }, message, (line) => void lines.push(line));
  expect(lines).toEqual([
    '> POST /hook?[secret] HTTP/1.1',
    `> Host: ${new URL(url).host}`,
    '> X-Key: [secret]',
    '> X-Team: [secret]',
    '> Cookie: [secret]',
    '> Accept: text/plain',
    '> Content-Type: application/json',
    '> Idempotency-Key: a-1',
    '< HTTP 202 Accepted',
    '< key [secret]',
  ]);
});
