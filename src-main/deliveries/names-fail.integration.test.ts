import { createRequire, syncBuiltinESMExports } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { FakeHub } from '../testing/fake-hub.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { httpServer, loopback } from '../testing/loopback.ts';
import { mailServer } from '../testing/mail-server.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { smallBroker } from '../testing/small-broker.ts';
import { sampleSurroundings, secretsOf } from '../testing/surroundings.ts';
import { UnderWay } from '../testing/under-way.ts';
import { destinationKind, sampleDestinationKind } from './destination-kinds.ts';
import { Forwarder } from './onward/forwarder.ts';
import { Outbox } from './outbox.ts';

const host = 'receiver.plimsoll.test';
const minute = 60_000;

/** The system's look-up, which all names go through. */
const resolver = createRequire(import.meta.url)('node:dns/promises') as { lookup: unknown };
const { lookup } = resolver;
/** Its answer for our name: a system error, or null if it finds this machine. */
let problem: string | null;
let asked: number;

beforeEach(() => {
  asked = 0;
  resolver.lookup = (name: string) => {
    expect(name).toBe(host);
    asked++;
    if (problem !== null) return Promise.reject(Object.assign(new Error(name), { code: problem }));
    return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  };
  syncBuiltinESMExports();
});
afterEach(() => {
  resolver.lookup = lookup;
  syncBuiltinESMExports();
});

const named = (origin: string) => origin.replace('127.0.0.1', host);
const ok = () => httpServer((request, response) => void (request.resume(), response.writeHead(204).end()));

async function forAlerts(): Promise<DestinationSettings[]> {
  const mail = await mailServer();
  const log = await loopback(net.createServer((socket) => void socket.resume()));
  return [
    { name: 'http', kind: 'webhook', enabled: true, url: named(await ok()) },
    {
      ...{ name: 'smtp', kind: 'email', enabled: true, host, port: mail.port, security: 'plain' },
      ...{ from: 'a@example.org', to: ['b@example.org'] },
    },
    { name: 'tcp', kind: 'syslog', enabled: true, transport: 'tcp', host, port: log },
    { name: 'mqtt', kind: 'mqtt', enabled: true, url: `mqtt://${host}:${await smallBroker()}` },
  ];
}

function outboxOf(store: MemoryOutboxStore, clock: HandClock, underWay: UnderWay): Outbox {
  const outbox = new Outbox({
    ...{ store, clock, log: silentLog, directory: '/', secret: secretsOf(), newId: () => 'never' },
    findKind: (kind) => underWay.alerts(destinationKind(kind)),
    onChange: () => undefined,
  });
  onTestFinished(() => void outbox.stop());
  return outbox;
}

/** No name server means that the network is down; a name that does not exist is an ordinary failure. */
test.each([
  ['EAI_AGAIN', 1],
  ['ENOTFOUND', 2],
])(
  'a name that cannot be looked up once (%s): the next attempt looks again, and delivers',
  async (code, attempts) => {
    const [clock, underWay, store] = [new HandClock(), new UnderWay(), new MemoryOutboxStore()];
    const outbox = outboxOf(store, clock, underWay);
    const destinations = await forAlerts();
    problem = code;
    outbox.configure(destinations);
    for (const { name } of destinations) store.add(name, name, clock.now());
    outbox.poke();
    await underWay.turn(clock, 1000);
    expect(asked).toBe(destinations.length);
    for (const { name } of destinations) {
      expect(store.get(name), name).toMatchObject({ state: 'queued', attempts: attempts - 1 });
      expect(store.get(name).error, name).toContain(host);
    }
    problem = null;
    await underWay.turn(clock, minute);
    for (const { name } of destinations)
      expect(store.get(name), name).toMatchObject({ state: 'sent', attempts });
  },
);

test('while nobody can be asked for names nothing is counted or given up, and all goes when the network is back', async () => {
  const [clock, underWay, store] = [new HandClock(), new UnderWay(), new MemoryOutboxStore()];
  const outbox = outboxOf(store, clock, underWay);
  const destinations = await forAlerts();
  problem = 'EAI_AGAIN';
  outbox.configure(destinations);
  // Already a day old: one more failure that counts would be its last.
  for (const { name } of destinations) store.add(name, name, clock.now() - 25 * 60 * minute);
  outbox.poke();
  await underWay.turn(clock, 10 * minute);
  for (const { name } of destinations)
    expect(store.get(name), name).toMatchObject({ state: 'queued', attempts: 0 });
  // It looks up to once a minute, but not all the time.
  expect(asked).toBeGreaterThan(10 * destinations.length);
  expect(asked).toBeLessThan(40 * destinations.length);
  problem = null;
  await underWay.turn(clock, minute);
  for (const { name } of destinations)
    expect(store.get(name), name).toMatchObject({ state: 'sent', attempts: 1 });
});

test.each(['EAI_AGAIN', 'ENOTFOUND'])(
  'samples wait in the spool while a name cannot be looked up (%s), and all arrive',
  async (code) => {
    const [clock, underWay] = [new HandClock(), new UnderWay()];
    const hub = await new FakeHub().start();
    onTestFinished(() => hub.kill());
    const database = await ok();
    const spools = mkdtempSync(join(tmpdir(), 'plimsoll-names-'));
    const forwarder = new Forwarder({
      ...{ spools, clock, log: silentLog, unitOf: () => 'none' as const },
      surroundings: sampleSurroundings({ secret: secretsOf({ key: 's3cret' }), now: () => clock.now() }),
      findKind: (kind) => underWay.samples(sampleDestinationKind(kind)),
    });
    onTestFinished(async () => {
      await Promise.all([forwarder.stop(), clock.turn(2000)]);
      rmSync(spools, { recursive: true });
    });
    const common = { enabled: true, everySeconds: 1 };
    const url = named(database);
    problem = code;
    forwarder.configure([
      { ...common, name: 'influx', kind: 'influxdb', url, version: '1', database: 'd' },
      { ...common, name: 'remote', kind: 'remote-write', url: `${url}/write` },
      { ...common, name: 'hub', kind: 'hub', url: named(hub.url), token: { secret: 'key' } },
    ]);
    for (let value = 0; value < 60; value++) {
      if (value === 5) {
        const areFailing = () => forwarder.health().every(({ error }) => error?.includes(host) === true);
        // However long the disk takes until the spools are read.
        for (let turns = 0; !areFailing() && turns < 600; turns++) await underWay.turn(clock, 1000);
        expect(areFailing()).toBe(true);
        problem = null;
      }
      const samples = [{ metric: 'm', labels: {}, value }];
      forwarder.take({ host: 'box', source: 's', at: clock.now(), durationMs: 0, samples, error: null });
      await underWay.turn(clock, 1000);
    }
    await underWay.turn(clock, 15_000);
    const standing = () => forwarder.health().map(({ samples }) => [samples?.sent, samples?.dropped]);
    await expect.poll(standing, { timeout: 20_000 }).toEqual(Array(3).fill([60, 0]));
  },
);
