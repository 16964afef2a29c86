import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import type { DestinationHealth } from '../contract/delivery.ts';
import { describeKinds } from '../monitor/kinds.ts';
import { askOwner } from './owner-api.ts';

let line: CommandLine;
let receiver: Server;
let received: string[];

beforeEach(async () => {
  line = new CommandLine();
  received = [];
  // It repeats everything that it received, secrets included.
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const heard = JSON.stringify([request.url, request.headers, body]);
      received.push(heard);
      response.statusCode = request.url === '/slack' ? 200 : 500;
      response.end(request.url === '/json' ? `{"a":1} ${heard}` : heard);
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterEach(() => {
  line.close();
  receiver.close();
});

const secrets = {
  typedPassword: 'canary-typed-password',
  typedToken: 'canary-typed-token',
  typedHeader: 'canary-typed-header',
  typedHook: 'canary-typed-hook',
  mailPassword: 'canary-mail-password',
  discordHook: 'canary-discord-hook',
  teamsSignature: 'canary-teams-signature',
  telegramToken: 'canary-telegram-token',
  gotifyToken: 'canary-gotify-token',
  ntfyToken: 'canary-ntfy-token',
  ntfyPassword: 'canary-ntfy-password',
  pagerdutyKey: 'canary-pagerduty-routing-key-000',
  appriseKey: 'canary-apprise-key',
  appriseUrls: 'canary-apprise-urls',
  signing: 'canary-to-sign-with',
  mqttPassword: 'canary-mqtt-password',
  influxToken: 'canary-influx-token',
  influxPassword: 'canary-influx-password',
  remoteHeader: 'canary-remote-write-header',
  hubToken: 'canary-hub-token',
  environment: 'canary-from-environment',
  file: 'canary-from-a-file',
};

/** Every kind that has a secret, with a valid value for each, and the receiver as its target. */
function secretDestinations(address: string): ({ name: string; kind: string } & Record<string, unknown>)[] {
  const plain = (text: string) => ({ plain: text });
  const { hostname, port } = new URL(address);
  return [
    {
      name: 'hook',
      kind: 'webhook',
      url: `${address}/hook`,
      headers: { 'X-Token': plain(secrets.typedHeader) },
      signingSecret: plain(secrets.signing),
    },
    { name: 'team', kind: 'slack', webhookUrl: plain(`${address}/${secrets.typedHook}`) },
    { name: 'discord', kind: 'discord', webhookUrl: plain(`${address}/webhooks/1/${secrets.discordHook}`) },
    { name: 'teams', kind: 'teams', webhookUrl: plain(`${address}/flow?sig=${secrets.teamsSignature}`) },
    {
      name: 'telegram',
      kind: 'telegram',
      server: address,
      token: plain(`123456:${secrets.telegramToken}`),
      chatId: '1',
    },
    { name: 'gotify', kind: 'gotify', server: address, token: plain(secrets.gotifyToken) },
    { name: 'ntfy', kind: 'ntfy', server: address, topic: 'a', token: plain(secrets.ntfyToken) },
    {
      name: 'ntfy-login',
      kind: 'ntfy',
      server: address,
      topic: 'a',
      username: 'me',
      password: plain(secrets.ntfyPassword),
    },
    { name: 'pagerduty', kind: 'pagerduty', server: address, routingKey: plain(secrets.pagerdutyKey) },
    { name: 'apprise', kind: 'apprise', server: address, key: plain(secrets.appriseKey) },
    {
      name: 'apprise-urls',
      kind: 'apprise',
      server: address,
      urls: plain(`pover://${secrets.appriseUrls}@b`),
    },
    {
      name: 'mqtt',
      kind: 'mqtt',
      url: `mqtt://${hostname}:${port}`,
      username: 'me',
      password: plain(secrets.mqttPassword),
    },
    {
      name: 'mail',
      kind: 'email',
      host: hostname,
      port: 1,
      username: 'me@example.org',
      password: plain(secrets.mailPassword),
      to: ['you@example.org'],
    },
    {
      name: 'influx',
      kind: 'influxdb',
      url: address,
      bucket: 'b',
      everySeconds: 1,
      token: plain(secrets.influxToken),
    },
    {
      name: 'influx-login',
      kind: 'influxdb',
      url: address,
      everySeconds: 1,
      version: '1',
      database: 'd',
      username: 'me',
      password: plain(secrets.influxPassword),
    },
    {
      name: 'remote',
      kind: 'remote-write',
      url: `${address}/write`,
      everySeconds: 1,
      headers: { 'X-Scope': plain(secrets.remoteHeader) },
    },
    { name: 'hub', kind: 'hub', url: address, everySeconds: 1, token: plain(secrets.hubToken) },
  ];
}

/** All forms in which a secret could leak: itself, or its encoding in a header or an address. */
function formsOf(secret: string): string[] {
  const basic = (text: string) => Buffer.from(text).toString('base64').slice(0, -4);
  return [
    secret,
    basic(`me:${secret}`),
    basic(`me@example.org:${secret}`),
    basic(`\0me@example.org\0${secret}`),
  ];
}

test('every kind that refers to a secret is looked at', () => {
  const looked = new Set(secretDestinations('http://127.0.0.1:1').map(({ kind }) => kind));
  const withSecrets = describeKinds().destinations.filter(({ schema }) =>
    JSON.stringify(schema).includes('"secret":true'),
  );
  expect(withSecrets.map(({ kind }) => kind).filter((kind) => !looked.has(kind))).toEqual([]);
});

test('a secret is found nowhere but where it was put and where it is sent', async () => {
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const config = join(line.home, 'plimsoll.yaml');
  const secretFile = join(line.home, 'a-secret');
  writeFileSync(secretFile, secrets.file);
  writeFileSync(
    config,
    `version: 1
sources:
  - { name: memory, kind: memory, intervalSeconds: 1 }
  - { name: by-environment, kind: http, url: ${address}/json, intervalSeconds: 1, token: { env: CANARY } }
  - { name: by-file, kind: http, url: ${address}/json, intervalSeconds: 1, headers: { X-Api-Key: { file: a-secret } } }
rules:
  - { id: certain, name: Certain, source: memory, metric: memory_percent, comparison: greater_than, threshold: 0 }
destinations:
  - { name: exports, kind: file }
`,
  );
  const { child, outcome } = await line.start(['--port', '0', '--config', config], {
    CANARY: secrets.environment,
  });
  const ask = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    askOwner(line.data, method, `/api/v1/${path}`, body);

  for (;;) {
    const { stages } = (await ask('GET', 'status')) as { stages: { state: string }[] };
    if (stages.every(({ state }) => state === 'running')) break;
    await pause(50);
  }
  const { settings, revision } = (await ask('GET', 'settings')) as {
    settings: { sources: object[]; rules: object[]; destinations: object[] };
    revision: string;
  };
  const typed = {
    ...settings,
    sources: [
      ...settings.sources,
      ...[
        { name: 'basic', username: 'me', password: { plain: secrets.typedPassword } },
        { name: 'bearer', token: { plain: secrets.typedToken } },
        {
          name: 'header',
          headers: { Authorization: { plain: secrets.typedHeader }, Cookie: { plain: secrets.typedHeader } },
        },
      ].map((source) => ({ ...source, kind: 'http', url: `${address}/json`, intervalSeconds: 1 })),
    ],
    // Whatever fires from here on goes to the new destinations.
    rules: [...settings.rules, { ...settings.rules[0], id: 'certain-too', name: 'Certain, too' }],
    destinations: [...settings.destinations, ...secretDestinations(address)],
  };
  const saved = await askOwner(line.data, 'PUT', '/api/v1/settings', { settings: typed, revision });
  const tried = await Promise.all([
    ...typed.sources.slice(1).map((source) => ask('POST', 'sources/sample', { source })),
    ...typed.destinations.slice(1).map((destination) => ask('POST', 'destinations/test', { destination })),
  ]);
  // Each has failed to deliver, and says why.
  const failing = async () =>
    ((await ask('GET', 'destinations')) as DestinationHealth[])
      .filter(({ error }) => error !== null)
      .map(({ destination }) => destination);
  await expect
    .poll(failing, { timeout: 30_000, interval: 500 })
    .toEqual(expect.arrayContaining(secretDestinations(address).map(({ name }) => name)));
  // They do arrive: otherwise this would search for something that never existed. Three are not sent to this receiver.
  const heard = received.join('\n');
  const silent = new Set([secrets.signing, secrets.mailPassword, secrets.mqttPassword]);
  for (const secret of Object.values(secrets))
    if (!silent.has(secret))
      expect(formsOf(secret).filter((form) => heard.includes(form)).length, secret).toBeGreaterThan(0);

  const answers = await Promise.all(
    [
      ...['settings', 'status', 'kinds', 'alerts?limit=100', 'deliveries?limit=100', 'destinations'],
      'settings/export',
    ].map((path) => ask('GET', path)),
  );
  const fired = (await ask('GET', 'alerts?limit=100')) as { id: string }[];
  const told = await Promise.all(fired.map(({ id }) => ask('GET', `alerts/${id}`)));
  expect(JSON.stringify(told)).toContain('"contexts":[{');
  const printed = await line.run(['config', 'print', '--config', config, '--effective', '--origin']);
  const children = await line.children();
  const processes = [child.pid, ...children].flatMap((pid) => [
    `cmdline ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`,
    pid === child.pid ? '' : `environ ${readFileSync(`/proc/${pid}/environ`, 'utf8')}`,
  ]);
  child.kill('SIGTERM');
  const { out, error } = await outcome;

  const said = JSON.stringify([saved, tried, answers, told, printed, processes, out, error]);
  const files = readdirSync(line.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(
    files.some((path) => path.includes('exports')) && files.some((path) => path.endsWith('secrets.json')),
  ).toBe(true);
  for (const secret of Object.values(secrets)) {
    for (const form of formsOf(secret)) {
      expect(said).not.toContain(form);
      const holders = files.filter((path) => path !== secretFile && readFileSync(path).includes(form));
      expect([secret, holders]).toEqual([secret, []]);
    }
  }
}, 120_000);
