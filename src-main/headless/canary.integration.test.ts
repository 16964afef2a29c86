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
import { askOwner } from './owner-api.ts';

let line: CommandLine;
let receiver: Server;
let received: string[];

beforeEach(async () => {
  line = new CommandLine();
  received = [];
  // It says everything back that it was told, secrets included.
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
  environment: 'canary-from-environment',
  file: 'canary-from-a-file',
};

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
    settings: { sources: object[]; destinations: object[] };
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
    destinations: [
      ...settings.destinations,
      {
        name: 'hook',
        kind: 'webhook',
        url: `${address}/hook`,
        headers: { 'X-Token': { plain: secrets.typedHeader } },
      },
      { name: 'team', kind: 'slack', webhookUrl: { plain: `${address}/${secrets.typedHook}` } },
      {
        name: 'mail',
        kind: 'email',
        host: '127.0.0.1',
        port: 1,
        username: 'me@example.org',
        password: { plain: secrets.mailPassword },
        to: ['you@example.org'],
      },
    ],
  };
  const saved = await askOwner(line.data, 'PUT', '/api/v1/settings', { settings: typed, revision });
  const tried = await Promise.all([
    ...typed.sources.slice(1).map((source) => ask('POST', 'sources/sample', { source })),
    ...typed.destinations.slice(1).map((destination) => ask('POST', 'destinations/test', { destination })),
  ]);
  await pause(3000);
  // They do arrive: otherwise this would look for what never was there.
  for (const secret of [
    secrets.typedToken,
    secrets.typedHeader,
    secrets.typedHook,
    secrets.environment,
    secrets.file,
  ])
    expect(received.join('\n')).toContain(secret);

  const answers = await Promise.all(
    ['settings', 'status', 'kinds', 'alerts?limit=100', 'deliveries?limit=100', 'settings/export'].map(
      (path) => ask('GET', path),
    ),
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
    for (const form of [secret, Buffer.from(`me:${secret}`).toString('base64').slice(0, -4)]) {
      expect(said).not.toContain(form);
      const holders = files.filter((path) => path !== secretFile && readFileSync(path).includes(form));
      expect([secret, holders]).toEqual([secret, []]);
    }
  }
}, 60_000);
