import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ListeningView } from '../contract/listening.ts';
import { CommandLine } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';
import { freePort } from '../testing/free-port.ts';

let line: CommandLine;
beforeEach(() => void (line = new CommandLine()));
afterEach(() => line.close());

const settingsWith = (listen: string[], hub = {}) => JSON.stringify({ version: 1, sources: [], listen, hub });

test('a hub whose settings are edited listens where they say, and the command line is told where', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const file = join(line.home, 'plimsoll.yaml');
  writeFileSync(file, settingsWith([`127.0.0.1:${first}`]));
  const { url, child, outcome } = await line.start(['--config', file], {}, 'hub');
  expect(new URL(url).port).toBe(String(first));
  const listening = async () => (await askOwner(line.data, 'GET', '/api/v1/listening')) as ListeningView;
  expect(await listening()).toMatchObject({
    ...{ open: [{ host: '127.0.0.1', port: first, isTls: false }], problem: null, always: true },
    fixed: { address: false, tls: false, receives: true },
  });

  writeFileSync(file, settingsWith([`127.0.0.1:${second}`]));
  await expect.poll(async () => (await listening()).open[0]?.port, { timeout: 10_000 }).toBe(second);
  expect((await fetch(`http://127.0.0.1:${second}/healthz`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.1:${first}/healthz`)).rejects.toThrow();
  const owner = JSON.parse(readFileSync(join(line.data, 'owner.json'), 'utf8')) as { address: string };
  expect(owner.address).toBe(`http://127.0.0.1:${second}`);

  writeFileSync(
    file,
    settingsWith([`127.0.0.1:${second}`], { tlsCertificate: 'nowhere.pem', tlsKey: 'nowhere.key' }),
  );
  await expect.poll(async () => (await listening()).problem?.about, { timeout: 10_000 }).toBe('tls');
  expect((await fetch(`http://127.0.0.1:${second}/healthz`)).status).toBe(200);

  child.kill('SIGTERM');
  const { code, out, error } = await outcome;
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`^Open +http://127\\.0\\.0\\.1:${second}/#code=`, 'm'));
  expect(error).toContain(`nowhere.pem`);
  expect(error).toContain(`It still listens at http://127.0.0.1:${second}.`);
});

test('what the command line says stays, whatever the settings say', async () => {
  const [asked, listed] = [await freePort(), await freePort()];
  const file = join(line.home, 'plimsoll.yaml');
  writeFileSync(file, settingsWith([`127.0.0.1:${listed}`]));
  const { url, child, outcome } = await line.start(['--config', file, '--port', String(asked)]);
  expect(new URL(url).port).toBe(String(asked));
  writeFileSync(file, settingsWith([`127.0.0.1:${listed}`], { names: ['hub.example.org'] }));
  const named = () =>
    fetch(`http://127.0.0.1:${asked}/healthz`).then(async (answer) => {
      const view = (await askOwner(line.data, 'GET', '/api/v1/listening')) as ListeningView;
      return [answer.status, view.open[0]?.port, view.fixed.address];
    });
  await expect.poll(named, { timeout: 10_000 }).toEqual([200, asked, true]);
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
});
