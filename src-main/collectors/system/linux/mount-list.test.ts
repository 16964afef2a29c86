import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PlimsollError } from '../../../contract/error.ts';
import { HandClock } from '../../../testing/hand-clock.ts';
import { ProcFiles } from '../proc-files.ts';
import { MountList } from './mount-list.ts';

/** File systems by path, with their size; a folder with nothing mounted is part of the root. */
function machine(disks: Record<string, number>) {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-mounts-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'self'));
  const files = new ProcFiles(root);
  onTestFinished(() => files.close());
  const folders = new Set<string>();
  const write = () => {
    const lines = Object.keys(disks).map(
      (path, place) => `${place} 1 8:${place} / ${path} rw - ext4 /dev/sd${place} rw\n`,
    );
    writeFileSync(join(root, 'self/mountinfo'), lines.join(''));
    for (const path of Object.keys(disks)) folders.add(path);
  };
  write();
  const clock = new HandClock();
  const atOnce = (path: string) => {
    if (!folders.has(path)) throw new PlimsollError('unreadable', `${path} is gone`);
    const total = disks[path] ?? disks['/'] ?? NaN;
    return { total, used: total / 2, available: total / 2, inodes: { total: 100, free: 50 } };
  };
  const list = new MountList(files, clock, { atOnce, later: () => Promise.reject(new Error('asked later')) });
  return {
    clock,
    disks,
    folders,
    write,
    /** One reading: the mounts with their sizes. */
    read: () =>
      list.mounts().map(({ path }) => {
        try {
          return [path, (list.usage(path) as { total: number }).total];
        } catch (thrown) {
          return [path, (thrown as PlimsollError).code];
        }
      }),
  };
}

test('what is mounted is found within ten seconds, and what is not mounted any more never has the numbers of what lies under it', async () => {
  const { clock, disks, write, read } = machine({ '/': 10, '/data': 20 });
  const both = [
    ['/', 10],
    ['/data', 20],
  ];
  expect([read(), read()]).toEqual([both, both]);
  disks['/more'] = 30;
  write();
  expect(read()).toEqual(both);
  await clock.turn(10_000);
  expect(read()).toEqual([...both, ['/more', 30]]);
  expect(read()).toEqual([...both, ['/more', 30]]);
  delete disks['/data'];
  write();
  expect(read()).toEqual([
    ['/', 10],
    ['/data', 'unsupported'],
    ['/more', 30],
  ]);
  expect(read()).toEqual([
    ['/', 10],
    ['/more', 30],
  ]);
});

test('a file system that grew, and one that is gone with its folder', () => {
  const { disks, folders, write, read } = machine({ '/': 10, '/data': 20 });
  read();
  disks['/data'] = 40;
  expect(read()).toEqual([
    ['/', 10],
    ['/data', 40],
  ]);
  delete disks['/data'];
  write();
  folders.delete('/data');
  expect(read()).toContainEqual(['/data', 'unsupported']);
  expect(read()).toEqual([['/', 10]]);
});

test('where two have one size the list is read each time', () => {
  const { disks, write, read } = machine({ '/': 10, '/data': 10 });
  expect([read().length, read().length]).toEqual([2, 2]);
  delete disks['/data'];
  write();
  expect(read()).toEqual([['/', 10]]);
});

test('one that cannot be asked is an error, and is asked again', () => {
  const { folders, read } = machine({ '/': 10, '/data': 20 });
  folders.delete('/data');
  expect(read()).toContainEqual(['/data', 'unreadable']);
  folders.add('/data');
  expect(read()).toContainEqual(['/data', 20]);
});
