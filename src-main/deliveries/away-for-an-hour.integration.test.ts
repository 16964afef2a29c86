import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { FakeHub } from '../testing/fake-hub.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { httpServer, loopback } from '../testing/loopback.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { smallBroker } from '../testing/small-broker.ts';
import { politely, scriptedSmtp } from '../testing/scripted-smtp.ts';
import { sampleSurroundings, secretsOf } from '../testing/surroundings.ts';
import { UnderWay } from '../testing/under-way.ts';
import { destinationKind, sampleDestinationKind } from './destination-kinds.ts';
import { Forwarder } from './onward/forwarder.ts';
import { Outbox } from './outbox.ts';

const second = 1000;
const minute = 60 * second;
const awayMs = 60 * minute;

test('what fails for an hour delays nobody else, is tried all the time, and gets what was due when it is back', async () => {
  const [clock, underWay, store] = [new HandClock(), new UnderWay(), new MemoryOutboxStore()];
  let isAway = true;
  const web = await httpServer((_, response) => response.writeHead(isAway ? 500 : 204).end());
  const mail = await scriptedSmtp({
    greet: (talk) => {
      talk.say(isAway ? '421 too busy' : '220 scripted');
      if (isAway) talk.hangUp();
    },
    answer: politely,
  });
  onTestFinished(() => mail.close());
  const log = await loopback(
    net.createServer((socket) => {
      if (isAway) socket.resetAndDestroy();
      else socket.resume();
    }),
  );
  const good = await httpServer((_, response) => response.writeHead(204).end());
  const destinations: DestinationSettings[] = [
    { name: 'http', kind: 'webhook', enabled: true, url: web },
    {
      ...{ name: 'smtp', kind: 'email', enabled: true, host: '127.0.0.1', port: mail.port },
      ...{ security: 'plain', from: 'a@example.org', to: ['b@example.org'] },
    },
    { name: 'syslog', kind: 'syslog', enabled: true, transport: 'tcp', host: '127.0.0.1', port: log },
    { name: 'mqtt', kind: 'mqtt', enabled: true, url: `mqtt://127.0.0.1:${await smallBroker(() => isAway)}` },
  ];
  const failing = destinations.map(({ name }) => name);
  destinations.push({ name: 'good', kind: 'webhook', enabled: true, url: good });
  const outbox = new Outbox({
    ...{ store, clock, log: silentLog, directory: '/', secret: secretsOf(), newId: () => 'never' },
    findKind: (kind) => underWay.alerts(destinationKind(kind)),
    onChange: () => undefined,
  });
  onTestFinished(() => void outbox.stop());
  outbox.configure(destinations);
  for (const name of failing) store.add(name, `${name}-first`, clock.now());

  for (let passed = 0; passed < awayMs; passed += minute) {
    store.add('good', `good-${passed}`, clock.now());
    outbox.poke();
    await underWay.turn(clock, second);
    expect(store.get(`good-${passed}`).state).toBe('sent');
    await underWay.turn(clock, minute - second);
  }
  for (const name of failing) {
    const { state, attempts, error } = store.get(`${name}-first`);
    expect([name, state, error === null]).toEqual([name, 'queued', false]);
    // At least once a minute, but with pauses.
    expect(attempts, name).toBeGreaterThan(60);
    expect(attempts, name).toBeLessThan(200);
  }
  isAway = false;
  await underWay.turn(clock, 2 * minute);
  expect(store.books()).toEqual({ sent: 64, failed: 0, queued: 0 });
});

test('samples for receivers that fail for an hour wait, hold up no others, and all arrive', async () => {
  const [clock, underWay] = [new HandClock(), new UnderWay()];
  let isAway = true;
  const database = await httpServer((request, response) => {
    request.resume();
    response.writeHead(isAway && !request.url?.startsWith('/good') ? 503 : 204).end();
  });
  const hub = await new FakeHub().start();
  onTestFinished(() => hub.kill());
  hub.interfere = (response) => {
    if (isAway) response.writeHead(500).end();
    return isAway;
  };
  const spools = mkdtempSync(join(tmpdir(), 'plimsoll-hour-'));
  const forwarder = new Forwarder({
    ...{ spools, clock, log: silentLog, unitOf: () => 'none' as const },
    surroundings: sampleSurroundings({ secret: secretsOf({ key: 's3cret' }), now: () => clock.now() }),
    findKind: (kind) => underWay.samples(sampleDestinationKind(kind)),
  });
  onTestFinished(async () => {
    await Promise.all([forwarder.stop(), clock.turn(2 * second)]);
    rmSync(spools, { recursive: true });
  });
  const common = { enabled: true, everySeconds: 10 };
  const version = { version: '1', database: 'd' };
  forwarder.configure([
    { ...common, ...version, name: 'influx', kind: 'influxdb', url: database },
    { ...common, name: 'remote', kind: 'remote-write', url: `${database}/write` },
    { ...common, name: 'hub', kind: 'hub', url: hub.url, token: { secret: 'key' } },
    { ...common, ...version, name: 'good', kind: 'influxdb', url: `${database}/good` },
  ]);
  const samplesOf = (name: string) =>
    forwarder.health().find(({ destination }) => destination === name)?.samples;
  let taken = 0;
  for (let passed = 0; passed < awayMs; passed += 10 * second) {
    taken++;
    const samples = [{ metric: 'm', labels: {}, value: taken }];
    forwarder.take({ host: 'box', source: 's', at: clock.now(), durationMs: 0, samples, error: null });
    await underWay.turn(clock, 10 * second);
    // Samples taken an interval ago are sent as soon as they are read back from disk.
    await expect
      .poll(() => samplesOf('good')?.sent, { timeout: 20_000, interval: 5 })
      .toBeGreaterThanOrEqual(taken - 2);
  }
  for (const name of ['influx', 'remote', 'hub']) {
    expect(samplesOf(name), name).toMatchObject({ sent: 0, dropped: 0, rejected: 0 });
    expect(samplesOf(name)?.waiting, name).toBeGreaterThanOrEqual(taken - 1);
  }
  isAway = false;
  await underWay.turn(clock, 2 * minute);
  for (const name of ['influx', 'remote', 'hub', 'good'])
    await expect
      .poll(() => samplesOf(name), { timeout: 20_000 })
      .toMatchObject({ sent: taken, waiting: 0, dropped: 0, rejected: 0 });
});
