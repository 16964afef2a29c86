import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlainFile, writeFileDurably } from './durable-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const mode = 0o600;

describe('writeFileDurably', () => {
  it('replaces the content, sets the mode and leaves nothing else behind', async () => {
    const path = join(directory, 'settings.yaml');
    writeFileSync(path, 'a much longer text from before', { mode: 0o644 });
    await writeFileDurably(path, Buffer.from('new'), { mode });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['settings.yaml']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it.skipIf(process.platform === 'win32')(
    'replaces a symbolic link and leaves what it leads to alone',
    async () => {
      const [target, link] = [join(directory, 'target'), join(directory, 'link')];
      writeFileSync(target, 'precious');
      symlinkSync(target, link);
      await writeFileDurably(link, Buffer.from('new'), { mode });
      expect([readFileSync(target, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['precious', 'new']);
    },
  );

  it('replaces nothing when it is to be exclusive, whatever is made while it writes', async () => {
    const path = join(directory, 'plimsoll.yaml');
    const both = await Promise.allSettled(
      ['one', 'two'].map((text) => writeFileDurably(path, Buffer.from(text), { mode, exclusive: true })),
    );
    const done = both.findIndex(({ status }) => status === 'fulfilled');
    expect(both[1 - done]).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } });
    expect(readFileSync(path, 'utf8')).toBe(['one', 'two'][done]);
    expect(readdirSync(directory)).toEqual(['plimsoll.yaml']);
  });

  it.skipIf(process.platform === 'win32')('gives exactly the mode, whatever the umask', async () => {
    const path = join(directory, 'settings.yaml');
    await writeFileDurably(path, Buffer.from('x'), { mode: 0o666, exact: true });
    expect(statSync(path).mode & 0o777).toBe(0o666);
  });

  it('names path and remedy when the directory is missing, or the target is a directory, and cleans up', async () => {
    mkdirSync(join(directory, 'taken', 'inner'), { recursive: true });
    const missing = writeFileDurably(join(directory, 'no', 'file'), Buffer.from('x'), { mode });
    await expect(missing).rejects.toMatchObject({
      code: 'cannot_create',
      message: expect.stringContaining(join(directory, 'no')),
    });
    const taken = writeFileDurably(join(directory, 'taken'), Buffer.from('x'), { mode });
    await expect(taken).rejects.toMatchObject({ code: 'cannot_create', retry: false });
    expect(readdirSync(directory)).toEqual(['taken']);
  });

  it('removes what a killed run left over, and only that', async () => {
    const hex = '0123456789abcdef';
    const deadPid = 4_194_304_000;
    const old = `.plimsoll-${process.ppid}-${'a'.repeat(16)}.tmp`;
    const leftOver = [`.plimsoll-${deadPid}-${hex}.tmp`, `.plimsoll-${process.pid}-${hex}.tmp`, old];
    const foreign = [
      `.plimsoll-${process.ppid}-${hex}.tmp`,
      `.plimsoll-${deadPid}-${hex}.tmp.bak`,
      `.plimsoll-${deadPid}-0123.tmp`,
      `plimsoll-${deadPid}-${hex}.tmp`,
      '.plimsoll-x.tmp',
    ];
    for (const name of [...leftOver, ...foreign]) writeFileSync(join(directory, name), 'half');
    mkdirSync(join(directory, `.plimsoll-${deadPid}-${'b'.repeat(16)}.tmp`));
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(directory, old), yesterday, yesterday);

    await writeFileDurably(join(directory, 'file'), Buffer.from('x'), { mode });

    const expected = [...foreign, `.plimsoll-${deadPid}-${'b'.repeat(16)}.tmp`, 'file'];
    expect(readdirSync(directory).sort()).toEqual(expected.sort());
  });

  it('lets writers of one directory work side by side', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `file-${index % 8}`);
    await Promise.all(
      names.map((name, index) =>
        writeFileDurably(join(directory, name), Buffer.alloc(50_000, index), { mode }),
      ),
    );
    expect(readdirSync(directory).sort()).toEqual([...new Set(names)].sort());
    for (const name of new Set(names)) expect(new Set(readFileSync(join(directory, name))).size).toBe(1);
  });
});

describe('readPlainFile', () => {
  it('reads a file, also through a link', () => {
    writeFileSync(join(directory, 'a'), 'text');
    symlinkSync('a', join(directory, 'b'));
    expect(readPlainFile(join(directory, 'b')).toString()).toBe('text');
    expect(() => readPlainFile(join(directory, 'c'))).toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe, and reads no device and no directory', () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', directory])
      expect(() => readPlainFile(path)).toThrow('it is no plain file');
  });
});
