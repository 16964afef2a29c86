import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCertificate } from '../../testing/certificate.ts';
import { httpsServer, loopback } from '../../testing/loopback.ts';
import { readOnce } from '../../testing/read-once.ts';
import { certificate } from './certificate.ts';

const days = 86_400_000;
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-certificate-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const server = (wishes: Parameters<typeof testCertificate>[0]) => {
  const made = testCertificate(wishes);
  const file = join(directory, `${Math.random()}.pem`);
  writeFileSync(file, made.pem);
  return { file, port: httpsServer(made, (_request, response) => response.end()) };
};

test('a certificate of an own authority is trusted where that is named, and tells its days', async () => {
  const { file, port } = server({ name: 'localhost', until: Date.now() + 12.5 * days });
  const options = { host: 'localhost', port: await port };
  const { values, error } = await readOnce(certificate, { ...options, authorityFile: file });
  expect([values, error]).toEqual([
    {
      reachable: 1,
      latency_ms: expect.any(Number),
      certificate_days_left: expect.closeTo(12.49, 1),
      certificate_trusted: 1,
    },
    null,
  ]);
  expect((await readOnce(certificate, options)).values).toMatchObject({ certificate_trusted: 0 });
});

test('one that has expired has fewer than no days, and one for another name is not trusted', async () => {
  const expired = server({ name: 'localhost', from: Date.now() - 4 * days, until: Date.now() - 2 * days });
  const old = { host: '127.0.0.1', port: await expired.port, authorityFile: expired.file };
  const { values } = await readOnce(certificate, old);
  expect(values).toMatchObject({ reachable: 1, certificate_trusted: 0 });
  expect(values['certificate_days_left']).toBeCloseTo(-2, 1);

  const other = server({ name: 'www.example.org' });
  const named = { host: '127.0.0.1', port: await other.port, authorityFile: other.file };
  expect((await readOnce(certificate, named)).values).toMatchObject({ certificate_trusted: 0 });
  const right = await readOnce(certificate, { ...named, serverName: 'www.example.org' });
  expect(right.values).toMatchObject({ certificate_trusted: 1 });
});

test('a server that speaks no TLS, or nothing at all, is not reachable', async () => {
  const plain = await loopback(net.createServer((socket) => socket.end('SSH-2.0-x\r\n')));
  const silent = await loopback(net.createServer());
  expect(await readOnce(certificate, { host: '127.0.0.1', port: plain })).toMatchObject({
    values: { reachable: 0 },
    error: null,
  });
  const { values, error, durationMs } = await readOnce(
    certificate,
    { host: '127.0.0.1', port: silent },
    { deadlineMs: 500 },
  );
  expect([values, error]).toEqual([{ reachable: 0 }, null]);
  expect(durationMs).toBeLessThan(500);
});

test.each([
  ['that is not there', 'missing.pem', undefined, 'ENOENT'],
  ['that holds a key', 'key.pem', testCertificate({ name: 'a' }).key, 'holds no certificate'],
  ['of more than 1 MiB', 'large.pem', 'x'.repeat(1024 ** 2 + 1), 'larger than 1 MiB'],
])('an authority file %s is an error', async (_, name, content, words) => {
  const authorityFile = join(directory, name);
  if (content !== undefined) writeFileSync(authorityFile, content);
  const { error } = await readOnce(certificate, { host: '127.0.0.1', authorityFile });
  expect(error).toMatchObject({ code: 'unreadable', message: expect.stringContaining(words) });
  expect(error?.message).not.toContain('PRIVATE');
});
