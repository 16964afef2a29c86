import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  constants,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOnce } from '../../testing/read-once.ts';
import { lookAtFile } from '../system/file-worker.ts';
import { file } from './file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-file-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, content: string, secondsAgo: number): void {
  const path = join(directory, name);
  writeFileSync(path, content);
  utimesSync(path, Date.now() / 1000, Date.now() / 1000 - secondsAgo);
}

test('a file has a size and an age, one that is not there has neither', async () => {
  write('it', 'abc', 100);
  const { values, error } = await readOnce(file, { path: join(directory, 'it') });
  expect([values, error]).toEqual([
    { file_exists: 1, file_size_bytes: 3, file_age_seconds: expect.closeTo(100, -1) },
    null,
  ]);
  for (const name of ['other', 'no/folder', 'it/inside', 'no/*.txt']) {
    const missing = await readOnce(file, { path: join(directory, name) });
    expect([missing.values, missing.error]).toEqual([{ file_exists: 0 }, null]);
  }
});

test('of several that fit the newest file counts', async () => {
  write('a.tar.gz', 'old', 1000);
  write('b.tar.gz', 'newest', 10);
  write('c.tar', 'other', 0);
  mkdirSync(join(directory, 'd.tar.gz'));
  const { values } = await readOnce(file, { path: join(directory, '*.tar.gz') });
  expect(values).toMatchObject({ file_exists: 1, file_size_bytes: 6 });
  const none = await readOnce(file, { path: join(directory, 'x*') });
  expect(none.values).toEqual({ file_exists: 0 });
});

test.runIf(process.getuid?.() !== 0 && process.platform !== 'win32')(
  'a folder that is closed is an error, not a missing file (needs another user than root)',
  async () => {
    const closed = join(directory, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0);
    const { error } = await readOnce(file, { path: join(closed, 'it') });
    chmodSync(closed, 0o700);
    expect(error?.code).toBe('no_permission');
  },
);

test.runIf(process.platform !== 'win32')(
  'what blocks in the system holds up nobody else (needs a FIFO)',
  async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Opening a FIFO blocks until somebody writes, like looking at a file whose server is gone.
    const blocks = `require('node:worker_threads').parentPort.on('message', ({ path }) => {
      require('node:fs').openSync(path, 'r');
      require('node:worker_threads').parentPort.postMessage({ facts: null });
    })`;
    // The idle thread of earlier tests would not know this script.
    const warm = lookAtFile({ path: directory });
    const hanging = Array.from({ length: 6 }, () => lookAtFile({ path: fifo }, blocks));
    await warm;
    write('it', 'abc', 0);
    const { values } = await readOnce(file, { path: join(directory, 'it') });
    expect(values).toMatchObject({ file_size_bytes: 3 });
    closeSync(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
    const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    await Promise.all(hanging);
    closeSync(writer);
  },
);

test.each(['', '/var/*/it', '/a\0b', `/${'a'.repeat(4096)}`])('%j is no path', (path) => {
  expect(file.options.safeParse({ path }).success).toBe(false);
});
