import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FolderWatch } from './folder-watch.ts';

test('tells of entries that are written and replaced, until it is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const told = new Set<string | null>();
  const watch = new FolderWatch(folder, (name) => told.add(name));
  expect(watch.isTold).toBe(true);
  writeFileSync(join(folder, 'a'), '1');
  await expect.poll(() => told.has('a')).toBe(true);
  renameSync(join(folder, 'a'), join(folder, 'b'));
  await expect.poll(() => told.has('b')).toBe(true);
  watch.close();
  expect(watch.isTold).toBe(false);
});

test('a folder that is not there is not watched', () => {
  expect(new FolderWatch('/no/such/folder', () => undefined).isTold).toBe(false);
});
