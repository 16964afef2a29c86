import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { testCertificate } from '../testing/certificate.ts';
import { FakeHub } from '../testing/fake-hub.ts';
import { httpServer, loopback } from '../testing/loopback.ts';
import { mailServer } from '../testing/mail-server.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { hasMosquitto, mosquitto } from '../testing/mosquitto.ts';
import { sampleSurroundings, secretsOf } from '../testing/surroundings.ts';
import { destinationKind, sampleDestinationKind } from './destination-kinds.ts';
import { Forwarder } from './onward/forwarder.ts';
import { Outbox } from './outbox.ts';

/** An attempt may take fifteen seconds; the rest is for a busy machine. */
const cutMs = 15_500;

type Settings = { kind: string } & Record<string, unknown>;

let areBack: boolean;

/**
 * A server that sends nothing, or one packet and then a byte a second, until the outage ends: then it forwards to a
 * good one.
 */
async function dying(onward: number, first: Uint8Array | null): Promise<number> {
  return loopback(
    net.createServer((socket) => {
      if (areBack) {
        const other = net.connect(onward, '127.0.0.1');
        other.on('error', () => socket.destroy()).on('close', () => socket.destroy());
        socket.on('close', () => other.destroy());
        socket.pipe(other).pipe(socket);
        return;
      }
      socket.resume();
      if (first !== null) drip(socket, first);
    }),
  );
}

function drip(socket: Socket, first: Uint8Array): void {
  socket.write(first);
  const timer = setInterval(() => socket.write('.'), 1000);
  socket.on('close', () => clearInterval(timer));
}

const answering = () =>
  httpServer((request, response) => void request.resume().on('end', () => response.end()));
const portOf = (origin: string) => Number(new URL(origin).port);
const httpHead = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');

/** Measures how long this process was kept from running, so that a busy machine does not fail the test. */
function stallWatch(): () => number {
  let [last, stalled] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    stalled += Math.max(0, now - last - 60);
    last = now;
  }, 50);
  onTestFinished(() => clearInterval(timer));
  return () => stalled;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'plimsoll-dead-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

it('a sink that is silent or says a byte a second, whatever it is spoken to in, hurts itself only, and gets it when it is back', async () => {
  areBack = false;
  const directory = folder();
  const { pem, key } = testCertificate({ name: 'localhost' });
  writeFileSync(join(directory, 'ca.pem'), pem);
  const log = await loopback(tls.createServer({ key, cert: pem }, (socket) => void socket.resume()));
  const mail = await mailServer();
  const transports: {
    name: string;
    good: number;
    first: Uint8Array;
    settings: (port: number) => Settings;
  }[] = [
    {
      name: 'http',
      good: portOf(await answering()),
      first: httpHead,
      settings: (port) => ({ kind: 'webhook', url: `http://127.0.0.1:${port}` }),
    },
    {
      name: 'smtp',
      good: mail.port,
      first: Buffer.from('220-'),
      settings: (port) => ({
        ...{ kind: 'email', host: '127.0.0.1', port, security: 'plain' },
        ...{ from: 'a@example.org', to: ['b@example.org'] },
      }),
    },
    {
      name: 'syslog',
      good: log,
      // The header of a TLS record that takes long to arrive.
      first: Buffer.of(0x16, 3, 3, 0x40, 0),
      settings: (port) => ({
        ...{ kind: 'syslog', transport: 'tls', host: 'localhost', port, authorityFile: 'ca.pem' },
      }),
    },
  ];
  // Without the package mosquitto only the other three are tested.
  if (hasMosquitto)
    transports.push({
      name: 'mqtt',
      good: (await mosquitto(['allow_anonymous true'])).port,
      // A CONNACK that claims the longest possible length.
      first: Buffer.of(0x20, 0xff, 0xff, 0xff, 0x7f),
      settings: (port) => ({ kind: 'mqtt', url: `mqtt://127.0.0.1:${port}` }),
    });
  const destinations: DestinationSettings[] = [];
  const add = (name: string, settings: Settings) => destinations.push({ name, enabled: true, ...settings });
  for (const { name, good, first, settings } of transports) {
    add(`${name}-silent`, settings(await dying(good, null)));
    add(`${name}-slow`, settings(await dying(good, first)));
  }
  const dead = destinations.map(({ name }) => name);
  add('good', { kind: 'webhook', url: await answering() });

  const begun = performance.now();
  const sinceMs = () => performance.now() - begun;
  const store = new MemoryOutboxStore();
  const settledAfter = new Map<string, number>();
  const firstFailedAfter = new Map<string, number>();
  const outbox = new Outbox({
    ...{ store, clock: systemClock, log: silentLog, directory, secret: secretsOf() },
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

  const stalledMs = stallWatch();
  for (let index = 0; sinceMs() < 16_000; index++) {
    const id = `good-${index}`;
    const [dueAfter, stalledBefore] = [sinceMs(), stalledMs()];
    store.add('good', id, Date.now());
    outbox.poke();
    await pause(1000);
    await expect.poll(() => settledAfter.has(id), { timeout: 20_000, interval: 20 }).toBe(true);
    const lateMs = (settledAfter.get(id) ?? Infinity) - dueAfter - (stalledMs() - stalledBefore);
    expect(lateMs, `${id}, due after ${dueAfter} ms`).toBeLessThan(1000);
  }
  for (const name of dead) {
    expect(firstFailedAfter.get(`${name}-first`), name).toBeLessThan(cutMs);
    expect(settledAfter.has(`${name}-first`), name).toBe(false);
  }
  areBack = true;
  await expect.poll(() => store.books(), { timeout: 60_000 }).toMatchObject({ queued: 0, failed: 0 });
});

it('a receiver of samples that is silent or says a byte a second is cut, holds up no other, and gets all of it when it is back', async () => {
  areBack = false;
  const arrivals = new Map<string, number>();
  const good = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    for (const [, value = ''] of body.matchAll(/ value=(\d+) /g))
      if (request.url?.startsWith('/good')) arrivals.set(value, performance.now());
    response.writeHead(204).end();
  });
  const hub = await new FakeHub().start();
  onTestFinished(() => hub.kill());
  const kinds: [name: string, onward: string, settings: (url: string) => Settings][] = [
    ['influx', good, (url) => ({ kind: 'influxdb', url, version: '1', database: 'd' })],
    ['remote', good, (url) => ({ kind: 'remote-write', url: `${url}/write` })],
    ['hub', hub.url, (url) => ({ kind: 'hub', url, token: { secret: 'key' } })],
  ];
  const destinations: DestinationSettings[] = [];
  const add = (name: string, settings: Settings) =>
    destinations.push({ name, enabled: true, everySeconds: 1, ...settings });
  for (const [name, onward, settings] of kinds) {
    add(`${name}-silent`, settings(`http://127.0.0.1:${await dying(portOf(onward), null)}`));
    add(`${name}-slow`, settings(`http://127.0.0.1:${await dying(portOf(onward), httpHead)}`));
  }
  const dead = destinations.map(({ name }) => name);
  add('good', { kind: 'influxdb', url: `${good}/good`, version: '1', database: 'd' });
  const forwarder = new Forwarder({
    ...{ spools: folder(), clock: systemClock, log: silentLog, unitOf: () => 'none' as const },
    surroundings: sampleSurroundings({ secret: secretsOf({ key: 's3cret' }) }),
    findKind: sampleDestinationKind,
  });
  onTestFinished(() => forwarder.stop());
  forwarder.configure(destinations);

  const begun = performance.now();
  const stalledMs = stallWatch();
  const cutAfter = new Map<string, number>();
  let taken = 0;
  for (; performance.now() - begun < 17_000; taken++) {
    const samples = [{ metric: 'm', labels: {}, value: taken }];
    const takenAt = performance.now();
    forwarder.take({ host: 'box', source: 's', at: Date.now(), durationMs: 0, samples, error: null });
    for (const wait of [500, 500]) {
      await pause(wait);
      for (const { destination, failingSince } of forwarder.health())
        if (failingSince !== null && !cutAfter.has(destination))
          cutAfter.set(destination, performance.now() - begun);
    }
    if (taken > 2) {
      // The sample before: collected for up to a second, and up to a second late.
      const [before, now] = [arrivals.get(String(taken - 1)) ?? Infinity, takenAt];
      expect(before - now - stalledMs(), `sample ${taken - 1}`).toBeLessThan(1000);
    }
  }
  expect([...cutAfter.keys()].sort()).toEqual(dead.toSorted());
  // The first request was sent after a second at the latest; health is checked twice a second.
  for (const after of cutAfter.values()) expect(after).toBeLessThan(cutMs + 1500 + stalledMs());
  areBack = true;
  const standing = () =>
    forwarder.health().map(({ destination, samples }) => [destination, samples?.sent, samples?.dropped]);
  await expect.poll(standing, { timeout: 60_000 }).toEqual(destinations.map(({ name }) => [name, taken, 0]));
});
