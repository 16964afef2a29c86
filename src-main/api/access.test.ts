import { beforeEach, describe, expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { ApiDoor } from '../testing/api-door.ts';
import { MemoryAccessStore } from '../testing/fake-monitor.ts';
import { CODE_LIFETIME_MS, SESSION_LIFETIME_MS } from './access.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

async function signIn(code: string, address?: string): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  };
  return door.ask('/api/v1/session', init, address);
}

async function statusWith(headers: Record<string, string> | [string, string][], path = '/api/v1/status') {
  return (await door.ask(path, { headers })).status;
}

describe('a one-time code', () => {
  test('is good once and opens a session that lasts 30 days', async () => {
    const { code } = door.access.createCode();
    const answer = await signIn(code);
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { by: 'session', scope: 'admin', name: null },
    ]);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^plimsoll_8888=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await signIn(code)).status).toBe(401);

    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
    expect(await statusWith({ Cookie: cookie })).toBe(200);
    door.clock.jump(SESSION_LIFETIME_MS);
    expect(await statusWith({ Cookie: cookie })).toBe(401);
  });

  test('has 128 bits and is good for ten minutes of real time', async () => {
    const early = door.access.createCode().code;
    const late = door.access.createCode().code;
    expect(Buffer.from(early, 'base64url')).toHaveLength(16);
    await door.clock.turn(CODE_LIFETIME_MS - 1);
    // A clock that is set back or forth makes no code younger or older.
    door.clock.jump(-86_400_000);
    expect((await signIn(early)).status).toBe(201);
    await door.clock.turn(1);
    expect((await signIn(late)).status).toBe(401);
  });

  test('is asked for over the socket, or by an admin', async () => {
    const answer = await door.own('POST', '/api/v1/codes');
    expect(answer).toMatchObject({ status: 201, body: { expiresAt: door.clock.now() + CODE_LIFETIME_MS } });
    const { code } = answer.body as { code: string };
    expect((await signIn(code)).status).toBe(201);
  });
});

describe('a session', () => {
  test('ends when its owner signs out, and only that one', async () => {
    const [mine, other] = [await door.cookie(), await door.cookie()];
    const out = await door.ask('/api/v1/session', { method: 'DELETE', headers: mine });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(/^plimsoll_8888=; Max-Age=0; Path=\//);
    expect([await statusWith(mine), await statusWith(other)]).toEqual([401, 200]);
  });

  test('of another listener on the same host is not ours', async () => {
    const { Cookie } = await door.cookie();
    expect(await statusWith({ Cookie: Cookie.replace('plimsoll_8888', 'plimsoll_8889') })).toBe(401);
  });
});

describe('a token', () => {
  test('is shown once, listed without its secret, and revoked at once', async () => {
    const made = await door.own('POST', '/api/v1/tokens', { name: 'agent 7', scope: 'read' });
    const { token, id } = made.body as { token: string; id: string };
    expect(made.status).toBe(201);
    expect(token).toMatch(/^plim_[\w-]{43}$/);
    const headers = { Authorization: `Bearer ${token}` };
    expect(await statusWith(headers)).toBe(200);

    const listed = await door.own('GET', '/api/v1/tokens');
    const now = door.clock.now();
    const view = { id, name: 'agent 7', scope: 'read', createdAt: now, lastUsedAt: now };
    expect(listed.body).toEqual([{ ...view, host: null, expiresAt: null, useBy: null }]);
    expect(door.monitor.access.dump()).not.toContain(token);

    expect((await door.own('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    expect(await statusWith(headers)).toBe(401);
    expect((await door.own('DELETE', `/api/v1/tokens/${id}`)).status).toBe(404);
  });

  test('is good until it expires, also where a stream was opened with it', async () => {
    const expiresAt = door.clock.now() + 60_000;
    const body = { name: 'for a minute', scope: 'read', expiresAt: new Date(expiresAt).toISOString() };
    const { token, id } = (await door.own('POST', '/api/v1/tokens', body)).body as Record<string, string>;
    const headers = { Authorization: `Bearer ${token}` };
    const caller = door.access.bearer(headers.Authorization) ?? expect.unreachable();
    expect([await statusWith(headers), door.access.stillGood(caller)]).toEqual([200, true]);
    await door.clock.turn(60_000);
    expect([await statusWith(headers), door.access.stillGood(caller)]).toEqual([401, false]);
    expect(door.access.tokens().map((known) => [known.id, known.expiresAt])).toEqual([[id, expiresAt]]);
  });

  test('is rotated with an overlap in which both are good', async () => {
    const made = await door.own('POST', '/api/v1/tokens', { name: 'web-1', scope: 'read', host: 'web-1' });
    const old = made.body as { token: string; id: string };
    const rotate = (id: string) => door.own('POST', `/api/v1/tokens/${id}/rotate`, { overlapSeconds: 60 });
    const answer = await rotate(old.id);
    const fresh = answer.body as { token: string; id: string };
    expect(answer).toMatchObject({ status: 201, body: { name: 'web-1', scope: 'read', host: 'web-1' } });
    expect([fresh.id === old.id, fresh.token === old.token]).toEqual([false, false]);
    const both = async () => [
      await statusWith({ Authorization: `Bearer ${old.token}` }),
      await statusWith({ Authorization: `Bearer ${fresh.token}` }),
    ];
    expect(await both()).toEqual([200, 200]);
    await door.clock.turn(60_000);
    expect(await both()).toEqual([401, 200]);
    expect((await rotate('nobody')).status).toBe(404);
  });

  test('must be shown exactly as it is (B-1, B-2)', async () => {
    const { Authorization } = door.bearer('admin');
    const token = Authorization.slice('Bearer '.length);
    const shown: Record<string, Record<string, string> | [string, string][]> = {
      nothing: {},
      empty: { Authorization: '' },
      basic: { Authorization: `Basic ${btoa(`x:${token}`)}` },
      'without Bearer': { Authorization: token },
      'two tokens': { Authorization: `${Authorization} ${token}` },
      'two headers': [
        ['Authorization', Authorization],
        ['Authorization', Authorization],
      ],
      'two blanks': { Authorization: `Bearer  ${token}` },
      'another case': { Authorization: `Bearer ${token.toUpperCase()}` },
      'one character less': { Authorization: Authorization.slice(0, -1) },
      'one character more': { Authorization: `${Authorization}A` },
      'a blank inside': { Authorization: `${Authorization} x` },
      '10 kB': { Authorization: `${Authorization}${'A'.repeat(10_000)}` },
      'a cookie': { Cookie: `plimsoll_8888=${token}` },
    };
    const answers: Record<string, number> = {};
    for (const [name, headers] of Object.entries(shown)) {
      await door.clock.turn(60_000);
      answers[name] = await statusWith(headers);
    }
    expect(answers).toEqual(Object.fromEntries(Object.keys(shown).map((name) => [name, 401])));
    expect(
      await statusWith(
        {},
        `/api/v1/status?token=${token}&access_token=${token}&Authorization=${Authorization}`,
      ),
    ).toBe(401);
    // The word before it is read in any case (RFC 9110, 11.1).
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'token'])
      expect(await statusWith({ Authorization: `${scheme} ${token}` })).toBe(200);
    expect(JSON.stringify(door.denials)).not.toContain(token);
  });
});

describe('a full disk', () => {
  const full = (): never => {
    throw new PlimsollError('disk_full', 'make room', { retry: true });
  };

  test('locks nobody out who has a token, and leaves a code that opened nothing good', async () => {
    const headers = door.bearer('read');
    const { code } = door.access.createCode();
    const { putSession } = MemoryAccessStore.prototype;
    door.monitor.access.touchToken = full;
    door.monitor.access.putSession = full;
    expect(await statusWith(headers)).toBe(200);
    expect((await signIn(code)).status).toBe(507);
    door.monitor.access.putSession = putSession;
    expect((await signIn(code)).status).toBe(201);
  });
});

describe('bad attempts', () => {
  const bad = { Authorization: `Bearer plim_${'x'.repeat(43)}` };
  const askBadly = (address: string): Promise<Response> =>
    door.ask('/api/v1/status', { headers: bad }, address);

  test('beyond ten a minute from one address have to wait; its neighbours and good tokens do not', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      statuses.push(
        (attempt % 2 === 0 ? await askBadly('192.0.2.7') : await signIn('wrong', '192.0.2.7')).status,
      );
    }
    expect(statuses).toEqual(new Array(10).fill(401));
    await door.clock.turn(20_000);
    const late = await askBadly('192.0.2.7');
    expect([late.status, late.headers.get('retry-after'), await late.json()]).toEqual([
      429,
      '40',
      {
        error: {
          code: 'too_many_requests',
          message: 'too many bad attempts from this address; wait 40 s',
          problems: [],
        },
      },
    ]);
    expect((await signIn('wrong', '192.0.2.7')).status).toBe(429);
    expect((await askBadly('192.0.2.8')).status).toBe(401);
    expect((await door.ask('/api/v1/status', { headers: door.bearer('read') }, '192.0.2.7')).status).toBe(
      200,
    );

    await door.clock.turn(40_000);
    expect((await askBadly('192.0.2.7')).status).toBe(401);
  });

  test('are counted together for the addresses one owner of IPv6 has', async () => {
    for (let attempt = 0; attempt < 10; attempt++) await askBadly(`2001:db8:1:2::${attempt}`);
    expect((await askBadly('2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await askBadly('2001:db8:1:3::1')).status).toBe(401);
  });

  test('are reported with address, route and reason, and never with what was shown', async () => {
    await askBadly('192.0.2.7');
    await signIn('wrong');
    await door.ask('/api/v1/alerts/17', {});
    await door.ask('/api/v1/codes', { method: 'POST', headers: door.bearer('read') });
    expect(door.denials).toEqual([
      { address: '192.0.2.7', route: 'GET /api/v1/status', reason: 'bad token' },
      { address: '127.0.0.1', route: 'POST /api/v1/session', reason: 'bad code' },
      { address: '127.0.0.1', route: 'GET /api/v1/alerts/:id', reason: 'nothing shown' },
      { address: '127.0.0.1', route: 'POST /api/v1/codes', reason: 'needs admin, has read' },
    ]);
  });
});
