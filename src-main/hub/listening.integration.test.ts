import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';
import { testCertificate } from '../testing/certificate.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { rawHttp } from '../testing/raw-http.ts';
import { Listening, listeningNotice } from './listening.ts';
import type { Wanted } from './wanted.ts';
import { alwaysWanted, wantedWhileReceiving } from './wanted.ts';

let directory: string;
let clock: HandClock;
let door: ApiDoor;
let listening: Listening;
let changes: number;
let nobodyHasAToken: boolean;
let warnings: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-listening-'));
  clock = new HandClock();
  door = new ApiDoor();
  changes = 0;
  nobodyHasAToken = true;
  warnings = [];
  listening = new Listening({
    answer: (asked, env) => door.app.fetch(asked, env),
    hasToken: () => !nobodyHasAToken,
    clock,
    onChange: () => void (changes += 1),
    warn: (message) => warnings.push(message),
  });
});
afterEach(async () => {
  await listening.close();
  rmSync(directory, { recursive: true });
});

function at(host: string, port: number, more: Partial<Wanted> = {}): Wanted {
  return {
    addresses: [{ host, port, fallbackToFreePort: false }],
    ...{ tls: undefined, names: [] },
    ...more,
  };
}

/** A port that another program occupies until `end` is called, or a free one. */
async function taken(host = '127.0.0.1'): Promise<{ port: number; end: () => Promise<void> }> {
  const server: Server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, end: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function free(): Promise<number> {
  const { port, end } = await taken();
  await end();
  return port;
}

async function answersAt(port: number, host = `127.0.0.1:${port}`): Promise<number | undefined> {
  const text = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return (await rawHttp(port, text).catch(() => ({ statuses: [] as number[] }))).statuses[0];
}

function filesFor(name: string): { certificate: string; key: string; pem: string } {
  const { pem, key } = testCertificate({ name: 'localhost' });
  const files = { certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  writeFileSync(files.certificate, pem);
  writeFileSync(files.key, key);
  return { ...files, pem };
}

/** The certificate of the server, and its answer. */
function overTls(port: number, pem: string): Promise<{ status: number; fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/healthz', ca: pem, agent: false }, (answer) => {
      if (!(answer.socket instanceof TLSSocket)) throw new Error('it is not encrypted');
      const { fingerprint256 } = answer.socket.getPeerCertificate();
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, fingerprint: fingerprint256 });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('it moves to another port while it runs, and lets go of the first', async () => {
  const [first, second] = [await free(), await free()];
  await listening.start(at('127.0.0.1', first));
  expect(listening.open).toEqual([
    { host: '127.0.0.1', port: first, isTls: false, url: `http://127.0.0.1:${first}` },
  ]);
  await listening.follow(at('127.0.0.1', second));
  expect(await answersAt(second)).toBe(200);
  expect(await answersAt(first)).toBeUndefined();
  expect([listening.problem, changes]).toEqual([null, 1]);
  await listening.follow(at('127.0.0.1', second));
  expect(changes).toBe(1);
  await listening.follow({ addresses: [], tls: undefined, names: [] });
  expect(listening.open).toEqual([]);
  expect(await answersAt(second)).toBeUndefined();
});

test('who makes it reachable from the network without TLS is warned whenever that happens, once for each place', async () => {
  const [inside, outside] = [await free(), await free()];
  await listening.start(at('127.0.0.1', inside));
  // Nobody else can reach this one either, but its spelling does not show that.
  expect(warnings).toEqual([]);
  nobodyHasAToken = false;
  await listening.follow(at('::ffff:127.0.0.1', outside));
  expect(warnings).toEqual([expect.stringContaining(`reaches ::ffff:127.0.0.1, port ${outside}, `)]);
  await listening.follow(at('::ffff:127.0.0.1', outside));
  await listening.follow(at('127.0.0.1', inside));
  expect(warnings).toHaveLength(1);
  const tls = filesFor('shown');
  await listening.follow({ ...at('::ffff:127.0.0.1', outside), tls });
  expect(warnings).toHaveLength(1);
  await listening.follow(at('::ffff:127.0.0.1', outside));
  expect(warnings).toHaveLength(2);
});

test('a port that is taken leaves what was open, is said, and is had as soon as it is free', async () => {
  const own = await free();
  const other = await taken();
  await listening.start(at('127.0.0.1', own));
  await listening.follow(at('127.0.0.1', other.port));
  expect(listening.problem).toMatchObject({
    ...{ about: 'address', code: 'address_in_use', address: { host: '127.0.0.1', port: other.port } },
  });
  expect(listeningNotice(listening)).toContain(`It still listens at http://127.0.0.1:${own}.`);
  expect(await answersAt(own)).toBe(200);
  await other.end();
  await clock.turn(5000);
  await expect.poll(() => listening.open[0]?.port).toBe(other.port);
  expect([listening.problem, listeningNotice(listening)]).toEqual([null, null]);
  expect(await answersAt(other.port)).toBe(200);
  expect(await answersAt(own)).toBeUndefined();
});

test('the first time it throws, and nothing is open', async () => {
  const other = await taken();
  await expect(listening.start(at('127.0.0.1', other.port))).rejects.toMatchObject({
    code: 'address_in_use',
  });
  expect(listening.open).toEqual([]);
  await other.end();
});

test('others are let in only when somebody has a token: the same port, for one address and for all', async () => {
  const port = await free();
  await listening.start(at('127.0.0.1', port));
  await listening.follow(at('0.0.0.0', port));
  expect(listening.problem).toMatchObject({ about: 'token', code: 'forbidden' });
  expect(listening.open).toMatchObject([{ host: '127.0.0.1', port }]);
  nobodyHasAToken = false;
  await clock.turn(5000);
  await expect.poll(() => listening.open[0]?.host).toBe('0.0.0.0');
  expect(await answersAt(port)).toBe(200);
  expect(await answersAt(port, 'evil.example')).toBe(421);
  await listening.follow(at('127.0.0.1', port));
  expect(listening.open).toMatchObject([{ host: '127.0.0.1', port }]);
  expect(await answersAt(port)).toBe(200);
});

test('the old listener is opened again where the new one cannot have its port', async () => {
  const port = await free();
  await listening.start(at('127.0.0.1', port));
  const others = { host: '203.0.113.7', port, fallbackToFreePort: false };
  nobodyHasAToken = false;
  await listening.follow({ addresses: [others], tls: undefined, names: [] });
  expect(listening.problem).toMatchObject({ about: 'address', code: 'usage' });
  expect(listening.problem?.message).toContain('203.0.113.7');
  expect(await answersAt(port)).toBe(200);
});

test('names are answered to at once', async () => {
  const port = await free();
  await listening.start(at('127.0.0.1', port));
  expect(await answersAt(port, 'hub.example.org:8888')).toBe(421);
  await listening.follow(at('127.0.0.1', port, { names: ['hub.example.org:8888'] }));
  expect(await answersAt(port, 'hub.example.org:8888')).toBe(200);
});

test('TLS comes and goes on the same port; a file that cannot be read changes nothing; a renewed one is taken', async () => {
  const port = await free();
  const tls = filesFor('hub');
  await listening.start(at('127.0.0.1', port));

  await listening.follow(at('127.0.0.1', port, { tls: { ...tls, key: join(directory, 'nowhere.key') } }));
  expect(listening.problem).toMatchObject({ about: 'tls', code: 'unreadable' });
  expect(listening.problem?.message).toContain('nowhere.key');
  expect(await answersAt(port)).toBe(200);

  await listening.follow(at('127.0.0.1', port, { tls }));
  expect(listening.open).toMatchObject([{ isTls: true, url: `https://127.0.0.1:${port}` }]);
  const before = await overTls(port, tls.pem);
  expect(before.status).toBe(200);
  expect(await answersAt(port)).toBeUndefined();

  const renewed = filesFor('hub');
  await clock.turn(3_600_000);
  await expect
    .poll(async () => (await overTls(port, renewed.pem).catch(() => before)).fingerprint)
    .not.toBe(before.fingerprint);

  writeFileSync(tls.certificate, 'no certificate');
  await clock.turn(3_600_000);
  await expect.poll(() => listening.problem?.about).toBe('tls');
  expect((await overTls(port, renewed.pem)).status).toBe(200);

  await listening.follow(at('127.0.0.1', port));
  expect(await answersAt(port)).toBe(200);
});

test('what was asked for goes before the settings; a desktop listens while it receives, and on no other port', () => {
  const settings = { listen: ['[::1]:9000', '10.0.0.1:9001'], hub: undefined };
  expect(alwaysWanted(settings, '/etc').addresses).toEqual([
    { host: '::1', port: 9000, fallbackToFreePort: false },
    { host: '10.0.0.1', port: 9001, fallbackToFreePort: false },
  ]);
  expect(alwaysWanted(settings, '/etc', { port: 7000 }).addresses).toEqual([
    { host: '127.0.0.1', port: 7000, fallbackToFreePort: false },
  ]);
  const hub = { enabled: true, allowAnonymousFrom: [], tlsCertificate: 'hub.pem', tlsKey: '/keys/hub.key' };
  expect(alwaysWanted({ hub }, '/etc').tls).toEqual({
    certificate: resolve('/etc/hub.pem'),
    key: resolve('/keys/hub.key'),
  });
  expect(alwaysWanted({ hub }, '/etc', { tls: { certificate: 'a', key: 'b' } }).tls?.key).toBe('b');
  expect(wantedWhileReceiving(settings, '/etc').addresses).toEqual([]);
  expect(wantedWhileReceiving({ hub: { ...hub, enabled: false } }, '/etc').addresses).toEqual([]);
  expect(wantedWhileReceiving({ hub }, '/etc').addresses).toEqual([
    { host: '127.0.0.1', port: 8888, fallbackToFreePort: false },
  ]);
});
