import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exampleMessage } from './example-message.ts';
import { attempt, httpCase, httpDestination, openAt } from './http-destinations.ts';
import type { HttpCase, Reply } from './http-destinations.ts';
import { rawServer } from './loopback.ts';

/** Hands out the connection once a whole request has come, as far as its head says how long it is. */
function afterRequest(then: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
      if (body.length >= length) {
        socket.removeAllListeners('data');
        then(socket);
      }
    });
  };
}

/** Section F of the bad-input list, in so far as it is about HTTP: what the other side does, and whether another attempt is made. */
const misbehaviours: [
  what: string,
  retry: boolean | 'either',
  does: (socket: Socket) => void,
  deadlineMs?: number,
][] = [
  ['closes before it has read anything', true, (socket) => socket.destroy()],
  ['resets before it has read anything', true, (socket) => socket.resetAndDestroy()],
  ['closes after the request', true, afterRequest((socket) => socket.destroy())],
  ['resets after the request', true, afterRequest((socket) => socket.resetAndDestroy())],
  [
    'resets in the midst of its answer',
    true,
    afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok', () => socket.resetAndDestroy());
    }),
  ],
  ['says nothing', true, () => undefined, 400],
  [
    'says a byte a second',
    true,
    afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write('o'), 1000);
      socket.on('close', () => clearInterval(timer));
      onTestFinished(() => clearInterval(timer));
    }),
    1200,
  ],
  ['says what is no HTTP', 'either', afterRequest((socket) => socket.end('220 mail.example.org ESMTP\r\n'))],
  [
    'says random bytes',
    'either',
    afterRequest((socket) => socket.end(Buffer.from('00ff1b5b324a0d0a0d0a', 'hex'))),
  ],
  [
    'redirects to itself for ever',
    'either',
    afterRequest((socket) => socket.end('HTTP/1.1 307 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n')),
  ],
  [
    'redirects to a sign-in page',
    'either',
    afterRequest((socket) => socket.end('HTTP/1.1 302 x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n')),
  ],
  [
    'redirects to a file',
    'either',
    afterRequest((socket) =>
      socket.end('HTTP/1.1 307 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n'),
    ),
  ],
  [
    'redirects to a metadata address',
    'either',
    afterRequest((socket) =>
      socket.end('HTTP/1.1 308 x\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n'),
    ),
  ],
  [
    'encodes its answer a thousand times',
    'either',
    afterRequest((socket) =>
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${'gzip, '.repeat(999)}gzip\r\nContent-Length: 2\r\n\r\nok`,
      ),
    ),
  ],
];

/** Declares the tests of what a kind makes of every bad answer there is: for its own test, or for one that walks many kinds. */
export function testBadAnswers(given: string | HttpCase): void {
  const known = httpCase(given);
  describe(`${known.kind}, when the other side`, () => {
    test.each(misbehaviours)('%s', async (_, retry, does, deadlineMs) => {
      const origin = await rawServer(does);
      const { destination } = openAt(known, origin);
      const begun = performance.now();
      const outcome = await attempt(destination, exampleMessage(), deadlineMs);
      expect(outcome.arrived).toBe(false);
      if (outcome.arrived) return;
      if (retry !== 'either') expect(outcome.retry, outcome.problem).toBe(retry);
      expect(performance.now() - begun).toBeLessThan(5000);
      expect(outcome.problem).not.toMatch(/s3cret|[\u0000-\u001f\u007f]/);
      expect(outcome.problem.length).toBeLessThan(1000);
    });

    test('says more than anybody wants to hear', async () => {
      let written = 0;
      const origin = await rawServer(
        afterRequest((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
          const chunk = `10000\r\n${'o'.repeat(0x10000)}\r\n`;
          const more = () => {
            while (!socket.destroyed && written < 256 * 1024 ** 2) {
              written += chunk.length;
              if (!socket.write(chunk)) return void socket.once('drain', more);
            }
          };
          more();
        }),
      );
      const outcome = await attempt(openAt(known, origin).destination);
      expect(outcome).toMatchObject({
        arrived: false,
        problem: expect.stringMatching(/more than|too large|KiB/i) as string,
      });
      // What it writes beyond our limit stays in the buffers between us.
      expect(written).toBeLessThan(32 * 1024 ** 2);
    });

    test.each<[string, Reply]>([
      ['a page', { body: '<!doctype html><title>Sign in</title><script>alert(1)</script>' }],
      ['nothing', {}],
      ['JSON that means nothing', { body: '{"__proto__":{"ok":true,"id":1,"event":"message"}}' }],
      ['JSON of great depth', { body: '['.repeat(30_000) }],
      ['no text', { body: '\u0000\u001b[2J\u202e\r\nBcc: a@b' }],
    ])('says yes with %s', async (_, reply) => {
      const { deliver } = await httpDestination(known, { status: 200, ...reply });
      const outcome = await deliver();
      expect(outcome.arrived).toBe(known.isYes?.(reply.body) ?? false);
      expect(JSON.stringify(outcome)).not.toMatch(/\\u001b|\\u0000|\u202e|\\r|\\n/);
    });

    test.each([
      '-1',
      '0x10',
      '1e99',
      'NaN',
      'Infinity',
      '99999999999999999999',
      'soon',
      '\t',
      'Thu, 01 Jan 1970 00:00:00 GMT',
      'Fri, 31 Dec 9999 23:59:59 GMT',
      '9'.repeat(2000),
    ])('lies in Retry-After: %s', async (retryAfter) => {
      const { deliver } = await httpDestination(known, {
        status: 429,
        headers: { 'Retry-After': retryAfter },
      });
      const outcome = await deliver();
      expect(outcome).toMatchObject({ arrived: false, retry: true });
      const { retryAfterMs = 0 } = outcome as { retryAfterMs?: number };
      // What is longer than an hour the outbox cuts.
      expect(retryAfterMs >= 0 && Number.isFinite(retryAfterMs)).toBe(true);
    });

    test('repeats what it was sent: who looks at a test sees the reply without secrets', async () => {
      const secrets = Object.values(known.secrets(''));
      const origin = await rawServer((socket) => {
        socket.on('data', (chunk) => {
          const request = chunk.toString();
          const path = /^POST (\S+)/.exec(request)?.[1] ?? '';
          const sent = secrets.filter((secret) => request.includes(secret));
          const body = `I do not understand ${[path, ...sent].join(' or ')}`;
          socket.end(`HTTP/1.1 400 Bad\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        });
      });
      const { destination, lines } = openAt(known, origin);
      const outcome = await attempt(destination);
      expect(outcome).toMatchObject({ arrived: false, retry: false });
      const [status, reply = ''] = lines.slice(-2);
      expect(status).toBe('< HTTP 400 Bad Request');
      expect(reply).toMatch(/^< I do not understand .*\[secret\]/);
      expect([JSON.stringify(outcome), ...lines].join('\n')).not.toContain('s3cret');
    });
  });
}
