import { beforeEach, describe, expect, test } from 'vitest';
import type { LiveEvent } from '../contract/event.ts';
import { ApiDoor } from '../testing/api-door.ts';

const EVENT: LiveEvent = { type: 'settings', revision: '2' };

/** Reads a stream of events as they come. */
class Reading {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(answer: Response) {
    if (answer.body === null) throw new Error(`no stream in the answer ${answer.status}`);
    this.#reader = answer.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  /** What has come since; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { value } = await this.#reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

async function listening(headers: Record<string, string> = door.bearer('read')): Promise<Reading> {
  return new Reading(await door.ask('/api/v1/events', { headers }));
}

describe('live events', () => {
  test('begin with ready, and come as they happen', async () => {
    const answer = await door.ask('/api/v1/events', { headers: door.bearer('read') });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = new Reading(answer);
    expect(await events.next()).toBe('event: ready\ndata:\n\n');
    const waiting = events.next();
    door.monitor.emit(EVENT);
    expect(await waiting).toBe('data: {"type":"settings","revision":"2"}\n\n');
  });

  test('are put into words once, however many listen', async () => {
    let written = 0;
    const event: LiveEvent & { toJSON(): unknown } = { ...EVENT, toJSON: () => ++written };
    const all = await Promise.all([listening(), listening(), listening()]);
    for (const events of all) await events.next();
    door.monitor.emit(event);
    expect(await Promise.all(all.map((events) => events.next()))).toEqual(Array(3).fill('data: 1\n\n'));
  });

  test('stop when the client leaves', async () => {
    const events = await listening();
    expect(door.monitor.listeners.size).toBe(1);
    await events.leave();
    expect(door.monitor.listeners.size).toBe(0);
  });

  test('cost nothing when only their head is asked for, or the client is gone already', async () => {
    const head = await door.ask('/api/v1/events', { method: 'HEAD', headers: door.bearer('read') });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const gone = { headers: door.bearer('read'), signal: AbortSignal.abort() };
    await door.ask('/api/v1/events', gone);
    expect(door.monitor.listeners.size).toBe(0);
  });

  test('carry a heartbeat every 15 seconds', async () => {
    const events = await listening();
    await events.next();
    const beat = events.next();
    await door.clock.turn(15_000);
    expect(await beat).toBe(':\n\n');
    const next = events.next();
    await door.clock.turn(15_000);
    expect(await next).toBe(':\n\n');
  });

  test.each([
    ['too many', 1001, EVENT],
    ['too large', 11, { type: 'settings', revision: 'x'.repeat(100_000) } satisfies LiveEvent],
  ])('that nobody reads become one refresh when they are %s', async (_, count, event) => {
    const events = await listening();
    for (let at = 0; at < count; at++) door.monitor.emit(event);
    door.monitor.emit(EVENT);
    await door.clock.turn(60_000);
    expect(await events.next()).toBe('event: ready\ndata:\n\n');
    expect(await events.next()).toBe('data: {"type":"refresh"}\n\n');
    const next = events.next();
    door.monitor.emit(EVENT);
    expect(await next).toBe('data: {"type":"settings","revision":"2"}\n\n');
  });
});

describe('live events end', () => {
  test('when the token is revoked', async () => {
    const { token, view } = door.access.createToken('window', 'read');
    const events = await listening({ Authorization: `Bearer ${token}` });
    await events.next();
    door.access.removeToken(view.id);
    expect(await events.next()).toBeUndefined();
    expect(door.monitor.listeners.size).toBe(0);
  });

  test('when the session signs out, and other sessions go on', async () => {
    const [mine, other] = [await door.cookie(), await door.cookie()];
    const [events, others] = [await listening(mine), await listening(other)];
    await events.next();
    await door.ask('/api/v1/session', { method: 'DELETE', headers: mine });
    expect(await events.next()).toBeUndefined();
    expect(await others.next()).toBe('event: ready\ndata:\n\n');
    expect(door.monitor.listeners.size).toBe(1);
  });

  test('when the session runs out', async () => {
    const events = await listening(await door.cookie());
    await events.next();
    door.clock.jump(30 * 86_400_000);
    await door.clock.turn(15_000);
    expect(await events.next()).toBeUndefined();
  });

  test('when the door closes', async () => {
    const closing = new AbortController();
    const env = { carrier: { kind: 'socket' }, closing: closing.signal } as const;
    const events = new Reading(await door.app.request('/api/v1/events', {}, env));
    await events.next();
    closing.abort();
    expect(await events.next()).toBeUndefined();
    expect(door.monitor.listeners.size).toBe(0);
  });
});
