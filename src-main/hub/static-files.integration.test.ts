import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';
import { rawHttp } from '../testing/raw-http.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import { StaticFiles } from './static-files.ts';

const door = new ApiDoor();
const directory = mkdtempSync(join(tmpdir(), 'plimsoll-'));
let listener: Listener;

async function serving(files: StaticFiles): Promise<Listener> {
  const answer = files.before((request, env) => door.app.fetch(request, env));
  return listen({ answer, host: '127.0.0.1', port: 0, fallbackToFreePort: false });
}

beforeAll(async () => {
  mkdirSync(join(directory, 'built', 'assets'), { recursive: true });
  writeFileSync(join(directory, 'secret.txt'), 'root:secret');
  writeFileSync(join(directory, 'built', 'index.html'), '<!doctype html><title>Plimsoll</title>');
  writeFileSync(join(directory, 'built', 'assets', 'index-3f2a.js'), 'export {};');
  symlinkSync(join(directory, 'secret.txt'), join(directory, 'built', 'link.txt'));
  listener = await serving(new StaticFiles(join(directory, 'built')));
});
afterAll(async () => {
  await listener.close();
  rmSync(directory, { recursive: true });
});

async function got(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(`${listener.url}${path}`, { method, headers });
  const { status, headers: answered } = answer;
  return {
    status,
    type: answered.get('content-type'),
    cache: answered.get('cache-control'),
    body: await answer.text(),
  };
}

const HTML = { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

test('the front page is HTML for people and JSON for programs', async () => {
  const page = { status: 200, type: 'text/html; charset=utf-8', cache: 'no-cache' };
  expect(await got('/', HTML)).toEqual({ ...page, body: '<!doctype html><title>Plimsoll</title>' });
  expect(await got('/', HTML, 'HEAD')).toEqual({ ...page, body: '' });
  expect(JSON.parse((await got('/')).body)).toEqual({
    name: 'plimsoll',
    version: '0.0.0-test',
    api: '/api/v1/openapi.json',
  });
});

test('assets may be kept for ever, and are not sent again when they are known', async () => {
  expect(await got('/assets/index-3f2a.js')).toEqual({
    status: 200,
    type: 'text/javascript; charset=utf-8',
    cache: 'public, max-age=31536000, immutable',
    body: 'export {};',
  });
  const etag = (await fetch(`${listener.url}/index.html`)).headers.get('etag') ?? '';
  expect((await got('/index.html', { 'If-None-Match': etag })).status).toBe(304);
});

test('nothing else is a file: neither links, nor folders, nor paths that climb', async () => {
  const climbs = [
    '/link.txt',
    '/assets',
    '/assets/',
    '/built/index.html',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
  ];
  const { port } = listener.address;
  for (const path of [
    ...climbs,
    '/assets/..%2f..%2fsecret.txt',
    '/assets/index-3f2a.js%00',
    '/.%2e/secret.txt',
  ]) {
    const bytes = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
    const { statuses, text } = await rawHttp(port, bytes);
    expect([path, ...statuses]).toEqual([path, 404]);
    expect(text).not.toContain('root:');
  }
});

test('an interface that was not built says how to build it, and the API answers all the same', async () => {
  const bare = await serving(new StaticFiles(join(directory, 'nowhere')));
  const page = await fetch(bare.url, { headers: HTML });
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('npm run build')]);
  expect((await fetch(`${bare.url}/healthz`)).status).toBe(200);
  await bare.close();
});
