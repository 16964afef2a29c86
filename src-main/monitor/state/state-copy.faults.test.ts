import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemCodeOf } from '../../contract/error.ts';
import { openState } from './state.ts';

/** A file system of its own; null where this user may mount none. */
function smallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-copy-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  return directory;
}

it('what has no room for a copy is told where and how to mend it, leaves nothing, and makes one when there is room', (context) => {
  const directory = smallDisk();
  if (directory === null) return context.skip('needs the right to mount a small file system');
  const state = openState(directory);
  const copy = join(directory, 'state.last-good.sqlite');
  const bounds = { host: null, expiresAt: null, useBy: null };
  const token = { id: 't1', name: 'agent', scope: 'ingest' as const, createdAt: 1, lastUsedAt: null };
  state.access.putToken({ ...token, ...bounds }, 'hash');
  const filler = join(directory, 'filler');
  const { bavail, bsize } = statfsSync(directory);
  for (const leftOver of [8, 4, 2, 1, 0]) {
    try {
      writeFileSync(filler, Buffer.alloc((bavail - leftOver) * bsize));
    } catch (thrown) {
      expect(systemCodeOf(thrown)).toBe('ENOSPC');
    }
    expect(state.look(0)).toBe(
      `${copy} cannot be written, because the disk or its quota is full: make room.`,
    );
    expect([existsSync(copy), existsSync(`${copy}.new`)]).toEqual([false, false]);
  }
  rmSync(filler);
  expect([state.look(10_000), existsSync(copy)]).toEqual([null, true]);
  state.close();
});
