import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exampleContext } from '../testing/example-context.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { attempt, httpCases, httpDestination, openAt, textsIn } from '../testing/http-destinations.ts';
import type { HttpDestination, Reply } from '../testing/http-destinations.ts';
import { rawServer } from '../testing/loopback.ts';
import { sampleDestinationKind } from './destination-kinds.ts';

const kinds = Object.keys(httpCases);
/** Any answer of 2xx is a yes to it, because nobody knows what a receiver of one's own says. */
const takesAnything = new Set(['webhook']);
const folder = new URL('destinations', import.meta.url).pathname;

test('every kind that posts to the web is looked at here', () => {
  const posting = readdirSync(folder)
    .filter(
      (name) =>
        !name.includes('.test.') && readFileSync(`${folder}/${name}`, 'utf8').includes('/http-post.ts'),
    )
    .map((name) => name.replace(/\.ts$/, ''))
    // What takes samples is tried with real partners.
    .filter((kind) => sampleDestinationKind(kind) === undefined);
  expect(posting.sort()).toEqual(kinds.toSorted());
});

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

describe.each(kinds)('%s, when the other side', (kind) => {
  test.each(misbehaviours)('%s', async (_, retry, does, deadlineMs) => {
    const origin = await rawServer(does);
    const { destination } = openAt(kind, origin);
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
    const outcome = await attempt(openAt(kind, origin).destination);
    expect(outcome).toMatchObject({
      arrived: false,
      problem: expect.stringMatching(/more than|too large|KiB/i),
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
    const { deliver } = await httpDestination(kind, { status: 200, ...reply });
    const outcome = await deliver();
    // Apprise, Discord and whoever takes anything say yes by the status; Teams' predecessor said nothing else.
    const says = takesAnything.has(kind) || ['apprise', 'discord'].includes(kind);
    const saysNothing = kind === 'teams' && reply.body === undefined;
    expect(outcome.arrived).toBe(says || saysNothing);
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
    const { deliver } = await httpDestination(kind, { status: 429, headers: { 'Retry-After': retryAfter } });
    const outcome = await deliver();
    expect(outcome).toMatchObject({ arrived: false, retry: true });
    const { retryAfterMs = 0 } = outcome as { retryAfterMs?: number };
    // What is longer than an hour the outbox cuts.
    expect(retryAfterMs >= 0 && Number.isFinite(retryAfterMs)).toBe(true);
  });

  test('repeats what it was sent: who looks at a test sees the reply without secrets', async () => {
    const secrets = Object.values(httpCases[kind]?.secrets('') ?? {});
    const origin = await rawServer((socket) => {
      socket.on('data', (chunk) => {
        const request = chunk.toString();
        const path = /^POST (\S+)/.exec(request)?.[1] ?? '';
        const sent = secrets.filter((secret) => request.includes(secret));
        const body = `I do not understand ${[path, ...sent].join(' or ')}`;
        socket.end(`HTTP/1.1 400 Bad\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
    });
    const { destination, lines } = openAt(kind, origin);
    const outcome = await attempt(destination);
    expect(outcome).toMatchObject({ arrived: false, retry: false });
    const [status, reply = ''] = lines.slice(-2);
    expect(status).toBe('< HTTP 400 Bad Request');
    expect(reply).toMatch(/^< I do not understand .*\[secret\]/);
    expect([JSON.stringify(outcome), ...lines].join('\n')).not.toContain('s3cret');
  });
});

/** What a markup adds is taken away, so that words can be compared. */
function wordsIn({ received }: HttpDestination): string {
  return received
    .flatMap(({ payload }) => textsIn(payload))
    .join('\n')
    .replaceAll(/[\\\u2060*•]|<\/?b>/g, '')
    .replaceAll('&amp;', '&');
}

const announced = (reason: 'reminder' | 'downtime_over' | 'flapping' | 'snooze_over' | 'quiet_hours_over') =>
  ({ announcement: { decision: 'announce', reason } }) as const;
const acknowledged = { acknowledgedAt: Date.UTC(2026, 0, 5, 12), acknowledgedBy: 'Ann', note: 'on it' };
const over = { from: 'firing', to: 'resolved', reason: 'back_within', value: 12 } as const;

describe.each(kinds.filter((kind) => !takesAnything.has(kind)))(
  '%s says in the words of all others',
  (kind) => {
    test.each([
      ['a firing', {}, ['CPU above 80 %', 'is at 91.5 %, above 80 % since 2026-01-05T11:59:55.123Z.']],
      ['why it fired', { context: exampleContext() }, ['rustc CPU 4 → 310 % in 10 min']],
      ['a reminder', { transition: announced('reminder') }, ['Still firing: CPU above 80 %']],
      ['that it flaps', { transition: announced('flapping') }, ['Flapping: CPU', 'until it is stable.']],
      [
        'the end of a downtime',
        { transition: announced('downtime_over') },
        ['because the downtime is over.'],
      ],
      [
        'the end of quiet hours',
        { transition: announced('quiet_hours_over') },
        ['the quiet hours are over.'],
      ],
      ['a test', { test: true }, ['Test: CPU above 80 %']],
      ['a drill', { alert: { drill: true } }, ['DRILL: CPU above 80 %', 'Nothing is wrong']],
    ])('%s', async (_, changes, words) => {
      const service = await httpDestination(kind);
      expect(await service.deliver(exampleMessage(changes))).toMatchObject({ arrived: true });
      for (const word of words) expect(wordsIn(service)).toContain(word);
    });

    test('that somebody knows, and that it is over', async ({ skip }) => {
      if (kind === 'pagerduty') skip('an incident says both by what is done to it');
      const service = await httpDestination(kind);
      await service.deliver(exampleMessage({ alert: acknowledged }));
      await service.deliver(exampleMessage({ alert: { state: 'resolved' }, transition: over }));
      expect(wordsIn(service)).toContain('Acknowledged by Ann at 2026-01-05T12:00:00.000Z: on it.');
      expect(wordsIn(service)).toContain('Over: CPU above 80 %');
      expect(wordsIn(service)).toContain('was above 80 % since 2026-01-05T11:59:55.123Z, worst 91.5 %.');
    });

    test('what fired and recovered while nobody could be told, in one message', async ({ skip }) => {
      if (kind === 'pagerduty') skip('each alert is an incident of its own');
      const service = await httpDestination(kind);
      const at = Date.UTC(2026, 0, 5, 12, 4);
      const end = { alert: { state: 'resolved' as const, resolvedAt: at }, transition: { ...over, at } };
      const late = { ...exampleMessage(), late: true };
      expect(await service.deliverTogether([late, exampleMessage(end)])).toMatchObject({ arrived: true });
      expect(service.received).toHaveLength(1);
      expect(wordsIn(service)).toContain('Came and went: CPU above 80 %');
      expect(wordsIn(service)).toMatch(/was above 80 % for 5 s, over since 2026-01-05T12:04:00.000Z/);
      expect(wordsIn(service)).toContain('Sent late: the oldest of it happened at 2026-01-05T12:00:00.123Z.');
    });
  },
);
