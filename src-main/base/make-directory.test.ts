import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory, makeDirectorySync } from './make-directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'directory-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const ways = {
  makeDirectory,
  makeDirectorySync: (path: string, mode: number) =>
    Promise.resolve().then(() => makeDirectorySync(path, mode)),
};

describe.each(Object.entries(ways))('%s', (_, make) => {
  it('makes what is missing and accepts what is there', async () => {
    const path = join(root, 'a', 'b', 'c');
    await make(path, 0o700);
    await make(path, 0o700);
    expect(existsSync(path)).toBe(true);
  });

  it('works for several at once', async () => {
    await Promise.all(['x', 'y', 'z', 'z'].map((name) => make(join(root, 'a', 'b', name), 0o700)));
    expect(['x', 'y', 'z'].map((name) => existsSync(join(root, 'a', 'b', name)))).toEqual([true, true, true]);
  });

  it('fails where a file is in the way, and where the system makes no directories', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(make(join(root, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(root, 'file', 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
    if (process.platform === 'linux')
      await expect(make('/proc/none/below', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
