import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { testCertificate } from '../testing/certificate.ts';
import { rawHttp } from '../testing/raw-http.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import { readTls } from './tls.ts';

const directory = mkdtempSync(join(tmpdir(), 'plimsoll-tls-'));
const certificate = join(directory, 'hub.pem');
const key = join(directory, 'hub.key');
const made = testCertificate({ name: 'localhost' });

let listener: Listener;
beforeAll(async () => {
  writeFileSync(certificate, made.pem);
  writeFileSync(key, made.key);
  listener = await listen({
    ...{ answer: () => new Response('hello'), host: '127.0.0.1', port: 0, fallbackToFreePort: false },
    tls: readTls({ certificate, key }),
  });
});
afterAll(async () => {
  await listener.close();
  rmSync(directory, { recursive: true });
});

function ask(
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${listener.url}/`, { ca: made.pem, method, headers }, (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, text: said }), reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('everything is served over TLS, and nothing beside it', async () => {
  expect(listener.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask()).toEqual({ status: 200, text: 'hello' });
  const { port } = listener.address;
  expect((await rawHttp(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).statuses).toEqual([]);
});

test('a page of the same address over TLS is its own, one of plain HTTP is not', async () => {
  expect((await ask({ Origin: listener.url }, 'POST')).status).toBe(200);
  expect((await ask({ Origin: listener.url.replace('https', 'http') }, 'POST')).status).toBe(403);
});

test('versions before 1.2 are refused', async () => {
  const { port } = listener.address;
  const refused = new Promise<Error>((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      ca: made.pem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
    } as const;
    const socket = connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0' }, () =>
      reject(new Error('connected')),
    );
    socket.on('error', resolve);
  });
  expect((await refused).message).toMatch(/protocol|version/i);
});

test.each([
  ['a file that is not there', { certificate: join(directory, 'nowhere.pem'), key }, 'unreadable'],
  ['no certificate', { certificate: key, key }, 'usage'],
  ['the key of another one', { certificate, key: join(directory, 'other.key') }, 'usage'],
])('%s is said before anything is opened', (_, files, code) => {
  writeFileSync(join(directory, 'other.key'), testCertificate({ name: 'other' }).key);
  const thrown: unknown = (() => {
    try {
      return readTls(files);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(PlimsollError);
  expect(thrown).toMatchObject({ code, message: expect.stringContaining(files.certificate) as string });
});
