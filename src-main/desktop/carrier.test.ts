import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Access } from '../api/access.ts';
import { createApi } from '../api/app.ts';
import { FakeMonitor } from '../testing/fake-monitor.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { answerCall, readAction } from './carrier.ts';
import type { Sender } from './carrier.ts';

const clock = new HandClock();
const monitor = new FakeMonitor();
const api = createApi(monitor, new Access(monitor.access, clock), {
  clock,
  onUnexpected: () => undefined,
  onDenied: () => undefined,
});
const main: Sender = { window: 'main', frame: { url: 'plimsoll://app/index.html#/rules', isTop: true } };
const call = (sender: Sender, message: unknown) =>
  answerCall(sender, message, (request, env) => api.fetch(request, env));
const get = { method: 'GET', path: '/api/v1/status', headers: {}, body: null };
const codeOf = ({ body }: { body: string }) => JSON.parse(body).error.code;

const strangers: [string, Sender][] = [
  ['a page that is none of our windows', { ...main, window: undefined }],
  [
    'a frame inside of a window',
    { window: 'main', frame: { url: 'plimsoll://app/index.html', isTop: false } },
  ],
  ['a frame that is gone', { window: 'main', frame: null }],
  ...[
    'https://app/index.html',
    'plimsoll://other/index.html',
    'plimsoll://app@evil/',
    'plimsoll://evil@app/',
    'plimsoll://app:80/',
    'file:///index.html',
    'about:blank',
    '',
  ].map((url): [string, Sender] => [`the address ${url}`, { window: 'main', frame: { url, isTop: true } }]),
];

describe('a call from a window', () => {
  it('is answered as over HTTP', async () => {
    const answer = await call(main, get);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ host: 'here' });
    expect(answer.headers['content-type']).toBe('application/json');
    const { settings, revision } = monitor.settings.view();
    const put = { settings: { ...settings, rules: [] }, revision };
    const saved = await call(main, {
      method: 'PUT',
      path: '/api/v1/settings',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(put),
    });
    expect(saved.status).toBe(200);
  });

  it.each(strangers)('is refused from %s', async (_who, sender) => {
    const answer = await call(sender, get);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden']);
    expect(() => readAction(sender, { action: 'facts' })).toThrow('Only a window of Plimsoll');
  });

  it.each([
    ['another method', { method: 'TRACE' }, 'invalid_request'],
    ['a path elsewhere', { path: '/healthz' }, 'invalid_request'],
    ['a path that climbs', { path: '/api/v1/../../healthz' }, 'not_found'],
    ['a path that is an address', { path: '/api/v1/@//evil/' }, 'not_found'],
    ['one key too many', { extra: 1 }, 'invalid_request'],
    ['no body key', { body: undefined }, 'invalid_request'],
    ['a header with a line end', { headers: { a: 'b\r\nc: d' } }, 'invalid_request'],
    ['a body for a GET', { body: 'x' }, 'invalid_request'],
    ['live events, which never end', { path: '/api/v1/events' }, 'usage'],
    [
      'a body of more than 2.25 MiB',
      { method: 'PUT', body: 'x'.repeat(2.25 * 1024 * 1024 + 1) },
      'invalid_request',
    ],
    ['one of more than that in bytes', { method: 'PUT', body: 'ü'.repeat(1_200_000) }, 'too_large'],
  ])('is refused with %s', async (_what, change, code) => {
    expect(codeOf(await call(main, { ...get, ...change }))).toBe(code);
  });

  it('is answered with a coded error a thousand times when it makes no sense', async () => {
    const nested: { inner?: unknown } = {};
    let inner = nested;
    for (let depth = 0; depth < 10_000; depth++) inner = inner.inner = {};
    const loop: { loop?: unknown } = {};
    loop.loop = loop;
    const before = JSON.stringify(monitor.settings.view());
    const nonsense = [
      nested,
      loop,
      new Map([['method', 'GET']]),
      () => undefined,
      Symbol('x'),
      ...fc.sample(fc.oneof(fc.anything(), fc.record({ method: fc.string(), path: fc.string() })), {
        numRuns: 1000,
        seed: 42,
      }),
    ];
    for (const message of nonsense) {
      const answer = await call(main, message);
      expect([answer.status, codeOf(answer)]).toEqual([422, 'invalid_request']);
      expect(() => readAction(main, message)).toThrow('right shape');
    }
    expect(JSON.stringify(monitor.settings.view())).toBe(before);
  });

  it('tells nothing of what broke inside', async () => {
    const answer = await answerCall(main, get, () => {
      throw new Error('secret');
    });
    expect([answer.status, codeOf(answer)]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('secret');
  });
});

it.each([
  [{ action: 'open-window', route: '#/alerts/a%201' }, true],
  [{ action: 'hide-popover' }, true],
  [{ action: 'facts' }, true],
  [{ action: 'open-window', route: 'https://evil' }, false],
  [{ action: 'open-window', route: '#/x\ny' }, false],
  [{ action: 'quit' }, false],
])('the action %j is allowed: %s', (action, allowed) => {
  if (allowed) expect(readAction(main, action)).toEqual(action);
  else expect(() => readAction(main, action)).toThrow('right shape');
});
