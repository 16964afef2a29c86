import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { FakeHub } from '../../testing/fake-hub.ts';
import { rawServer } from '../../testing/loopback.ts';
import { secretsOf } from '../../testing/surroundings.ts';
import { sampleDestinationKind } from '../destination-kinds.ts';
import { Forwarder } from './forwarder.ts';
import { usualBounds } from './spool.ts';

let directory: string;
let hub: FakeHub;
let forwarder: Forwarder | undefined;

/** Time runs twenty times as fast, so that a minute of waiting is three seconds. */
const haste = 20;
const fastClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * haste,
  after: (ms, callback) => systemClock.after(ms / haste, callback),
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-onward-'));
  hub = await new FakeHub().start();
});
afterEach(async () => {
  await forwarder?.stop();
  forwarder = undefined;
  await hub.kill();
  rmSync(directory, { recursive: true });
});

const settings = (more: Record<string, unknown> = {}): DestinationSettings => ({
  ...{ name: 'hub', kind: 'hub', enabled: true, url: hub.url, everySeconds: 1, token: { secret: 'key' } },
  ...more,
});

function start(destination = settings(), clock: Clock = fastClock): Forwarder {
  forwarder = new Forwarder({
    ...{ spools: join(directory, 'spool'), clock, log: silentLog },
    surroundings: {
      ...{ directory, secret: secretsOf({ key: 's3cret' }), now: () => clock.now(), version: '0.0.0' },
      sources: () => [{ name: 'cpu', kind: 'cpu', enabled: true }],
    },
    findKind: sampleDestinationKind,
    unitOf: () => 'percent',
    bounds: { ...usualBounds, segmentBytes: 20_000 },
  });
  forwarder.configure([destination]);
  return forwarder;
}

let at = Date.now() - 3_600_000;
/** Passes in one reading with its own time, and returns what the hub should store. */
function sample(value: number, source = 'cpu', metric = 'cpu_percent'): void {
  at += 1000;
  forwarder?.take({
    ...{ host: 'box', source, at, durationMs: 0, error: null },
    samples: [{ metric, labels: {}, value }],
  });
}

const values = () => [...hub.kept.values()].sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, value) => value);
const standing = () => forwarder?.health()[0];
const eventually = { timeout: 20_000, interval: 20 };

describe('samples on their way to a hub', () => {
  test('arrive with token, unit and interval, filtered', async () => {
    hub.aheadMs = 90_000;
    start(settings({ sources: ['c*'], metrics: ['cpu_percent'] }));
    sample(1);
    sample(2, 'disk');
    sample(3, 'cpu', 'load1');
    await expect.poll(values, eventually).toEqual([1]);
    expect(hub.headers[0]).toMatchObject({
      authorization: 'Bearer s3cret',
      'content-type': 'application/json',
    });
    expect(hub.batches[0]).toMatchObject({
      ...{ host: 'box', intervalSeconds: 1, maySleep: false, sources: [{ name: 'cpu', kind: 'cpu' }] },
      samples: [{ source: 'cpu', metric: 'cpu_percent', value: 1, unit: 'percent' }],
    });
    await expect.poll(() => standing()?.samples?.sent, eventually).toBe(1);
    expect(standing()).toMatchObject({
      failingSince: null,
      samples: { waiting: 0, rejected: 0, dropped: 0 },
    });
    expect(Math.abs((standing()?.samples?.clockAheadMs ?? 0) - 90_000)).toBeLessThan(5000);
  });

  test('wait while the hub is away, also over a restart, and what is new goes first when it is back', async () => {
    await hub.kill();
    start();
    for (const value of upTo(50)) sample(value);
    await expect.poll(() => standing()?.error, eventually).toContain('connection');
    await forwarder?.stop();
    start();
    for (const value of upTo(50)) sample(50 + value);
    await expect.poll(() => standing()?.failingSince, eventually).not.toBeNull();
    expect(standing()?.samples).toMatchObject({ waiting: 100, dropped: 0 });
    // Long enough for the waiting samples to become backlog.
    await new Promise((resolve) => setTimeout(resolve, 70_000 / haste));
    sample(100);
    await hub.start();
    await expect.poll(values, eventually).toEqual(upTo(101));
    const [first, ...others] = hub.batches.map(({ samples, backlog }) => [
      backlog,
      samples.map(({ value }) => value),
    ]);
    expect(first).toEqual([undefined, [100]]);
    expect(others.every(([backlog]) => backlog === true)).toBe(true);
    await expect.poll(() => standing()?.samples?.waiting, eventually).toBe(0);
  });

  test('are all there after the hub was killed twenty times', async () => {
    start(settings(), {
      ...fastClock,
      monotonic: () => systemClock.monotonic() * 100,
      after: (ms, callback) => systemClock.after(ms / 100, callback),
    });
    let next = 0;
    for (let kill = 0; kill < 20; kill++) {
      for (let more = 0; more < 10; more++) sample(next++);
      await new Promise((resolve) => setTimeout(resolve, 15));
      await hub.kill();
      for (let more = 0; more < 10; more++) sample(next++);
      await hub.start();
    }
    await expect.poll(() => hub.kept.size, eventually).toBe(400);
    expect(values()).toEqual(upTo(400));
    await expect
      .poll(() => standing()?.samples, eventually)
      .toMatchObject({ waiting: 0, dropped: 0, rejected: 0 });
  });

  test('go again as the same batch when the answer was lost after the commit', async () => {
    const ids: string[] = [];
    hub.interfere = (response, batch) => {
      ids.push(batch.batch);
      if (ids.length > 3) return false;
      hub.keep(batch);
      response.socket?.destroy();
      return true;
    };
    start();
    for (const value of upTo(5)) sample(value);
    await expect.poll(() => hub.batches.length, eventually).toBe(1);
    expect(new Set(ids).size).toBe(1);
    expect(ids.length).toBe(4);
    expect(values()).toEqual(upTo(5));
  });

  test('wait as long as they are asked to', async () => {
    let asked = 0;
    let [refusedAt, takenAt] = [0, 0];
    hub.interfere = (response) => {
      if (asked++ > 0) {
        takenAt = fastClock.monotonic();
        return false;
      }
      refusedAt = fastClock.monotonic();
      response.writeHead(429, { 'Retry-After': '30' }).end('{"error":{"code":"too_many_requests"}}');
      return true;
    };
    start();
    sample(7);
    await expect.poll(values, eventually).toEqual([7]);
    expect(takenAt - refusedAt).toBeGreaterThanOrEqual(29_900);
    expect(takenAt - refusedAt).toBeLessThan(60_000);
  });

  test('are tried again where the token is wrong, and nothing is given up', async () => {
    let isRevoked = true;
    hub.interfere = (response) => {
      if (isRevoked) response.writeHead(401).end('{}');
      return isRevoked;
    };
    start();
    sample(1);
    await expect.poll(() => standing()?.error, eventually).toContain('Check the token');
    isRevoked = false;
    await expect.poll(values, eventually).toEqual([1]);
    expect(standing()?.samples?.dropped).toBe(0);
  });

  test('are cut from a connection that is half-open, and arrive when the way is good again', async () => {
    let isDead = true;
    const url = await rawServer((socket) => {
      if (isDead) return;
      const onward = net.connect(Number(new URL(hub.url).port), '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    start(settings({ url }), systemClock);
    sample(1);
    await expect.poll(() => standing()?.error, { timeout: 20_000 }).toContain('within 10 s');
    isDead = false;
    await expect.poll(values, { timeout: 20_000 }).toEqual([1]);
  }, 60_000);

  test('are taken apart where a batch is too large', async () => {
    hub.interfere = (response, { samples }) => {
      if (samples.length > 10) response.writeHead(413).end('{}');
      return samples.length > 10;
    };
    start();
    for (const value of upTo(100)) sample(value);
    await expect.poll(() => hub.kept.size, eventually).toBe(100);
    await expect
      .poll(() => standing()?.samples, eventually)
      .toMatchObject({ waiting: 0, sent: 100, rejected: 0 });
  });

  test('hold nobody up while the hub is silent', () => {
    hub.interfere = () => true;
    start();
    const before = performance.now();
    for (let value = 0; value < 10_000; value++) sample(value);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('go on to the same place when the settings change, and stay where the destination is switched off', async () => {
    await hub.kill();
    start();
    sample(1);
    await expect.poll(() => standing()?.failingSince, eventually).not.toBeNull();
    forwarder?.configure([settings({ enabled: false })]);
    sample(2);
    await hub.start();
    forwarder?.configure([settings({ everySeconds: 2 })]);
    sample(3);
    await expect.poll(values, eventually).toEqual([1, 3]);
    forwarder?.configure([]);
    expect(forwarder?.health()).toEqual([]);
    expect(readdirSync(join(directory, 'spool'))).toHaveLength(1);
  });
});
