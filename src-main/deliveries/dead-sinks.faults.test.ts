import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { httpServer } from '../testing/loopback.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { secretsOf } from '../testing/surroundings.ts';
import { destinationKind } from './destination-kinds.ts';
import { Outbox } from './outbox.ts';

const awayMs = 4500;

/** A sink that answers as it is told until it is back, and then takes everything. */
async function sink(name: string, dead: (response: ServerResponse) => unknown, isBack: () => boolean) {
  const url = await httpServer((request, response) => {
    request.resume();
    return isBack() ? response.end('ok') : dead(response);
  });
  return { name, kind: 'webhook', enabled: true, url };
}

it('a sink that is silent, says a byte a second, or fails for a while hurts itself only, and gets it when it is back', async () => {
  const begun = performance.now();
  const sinceMs = () => performance.now() - begun;
  let areBack = false;
  const drip = (response: ServerResponse) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    const timer = setInterval(() => response.write('.'), 1000);
    response.on('close', () => clearInterval(timer));
  };
  const destinations = await Promise.all([
    sink(
      'silent',
      () => undefined,
      () => areBack,
    ),
    sink('slow', drip, () => areBack),
    sink(
      'failing',
      (response) => response.writeHead(500).end(),
      () => sinceMs() > awayMs,
    ),
    sink(
      'good',
      () => undefined,
      () => true,
    ),
  ]);
  const store = new MemoryOutboxStore();
  const settledAfter = new Map<string, number>();
  const firstFailedAfter = new Map<string, number>();
  const outbox = new Outbox({
    ...{ store, clock: systemClock, log: silentLog, directory: '/', secret: secretsOf() },
    ...{ findKind: destinationKind, newId: () => 'never' },
    onChange: ({ id, state }) => {
      if (state === 'sent') settledAfter.set(id, sinceMs());
      else if (!firstFailedAfter.has(id)) firstFailedAfter.set(id, sinceMs());
    },
  });
  onTestFinished(() => outbox.stop());
  outbox.configure(destinations);
  for (const { name } of destinations) store.add(name, `${name}-first`, Date.now());
  outbox.poke();

  for (let index = 0; sinceMs() < 16_000; index++) {
    const id = `good-${index}`;
    const dueAfter = sinceMs();
    store.add('good', id, Date.now());
    outbox.poke();
    await pause(1000);
    expect(settledAfter.get(id), `${id}, due after ${dueAfter} ms`).toBeLessThan(dueAfter + 1000);
  }
  for (const id of ['silent-first', 'slow-first']) expect(firstFailedAfter.get(id)).toBeLessThan(15_500);
  areBack = true;
  await expect.poll(() => store.books(), { timeout: 40_000 }).toMatchObject({ queued: 0, failed: 0 });
  expect(settledAfter.get('failing-first')).toBeGreaterThan(awayMs);
  expect(store.get('failing-first').attempts).toBeGreaterThan(1);
});
