import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileDurably } from './durable-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const mode = 0o600;
const moduleUrl = new URL('durable-file.ts', import.meta.url).href;

/** Writes 1 MiB over "before" and prints what came of it. */
const oneWrite = `
  import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
  import { writeFileDurably } from ${JSON.stringify(moduleUrl)};
  process.chdir(process.argv[1]);
  writeFileSync('file', 'before');
  const { code, retry, message } = await writeFileDurably('file', Buffer.alloc(1 << 20, 'x'), { mode: 0o600 }).catch((error) => error) ?? {};
  console.log(JSON.stringify({ code, retry, message, content: readFileSync('file', 'utf8'), names: readdirSync('.') }));
`;

function inShell(prefix: string) {
  const script = `${prefix} exec "$0" --input-type=module -e "$1" "$2"`;
  return spawnSync('sh', ['-c', script, process.execPath, oneWrite, directory], { encoding: 'utf8' });
}

const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt']).status === 0;

describe.skipIf(process.platform === 'win32')('writeFileDurably on real limits', () => {
  it('takes a short write for what it is and keeps the content from before', () => {
    // A file size limit makes the system take part of a write and refuse the rest.
    const { stdout, stderr } = inShell("trap '' XFSZ; ulimit -f 64;");
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      code: 'cannot_create',
      content: 'before',
      names: ['file'],
    });
  });

  it.skipIf(!canMount)(
    'keeps the content from before on a full disk, says so, and offers another attempt',
    () => {
      const script = `mount -t tmpfs -o size=64k tmpfs "$2" && exec "$0" --input-type=module -e "$1" "$2"`;
      const args = ['-rm', 'sh', '-c', script, process.execPath, oneWrite, directory];
      const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
      expect(JSON.parse(stdout || stderr)).toMatchObject({
        code: 'disk_full',
        retry: true,
        content: 'before',
        names: ['file'],
        message: expect.stringContaining('make room'),
      });
    },
  );

  it('is whole after a kill at any moment, and the next write tidies up', async () => {
    mkdirSync(join(directory, 'state'));
    const path = join(directory, 'state', 'file');
    const size = 4 << 20;
    writeFileSync(path, Buffer.alloc(size, 'a'));
    const forever = `
      import { writeFileDurably } from ${JSON.stringify(moduleUrl)};
      const contents = ['b', 'c'].map((letter) => Buffer.alloc(${size}, letter));
      console.log('begun');
      for (let turn = 0; ; turn++) await writeFileDurably(process.argv[1], contents[turn % 2], { mode: 0o600 });
    `;
    let leftOver = 0;
    for (let kill = 0; kill < 12; kill++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', forever, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, kill * 5));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const content = readFileSync(path);
      expect([content.length, new Set(content).size]).toEqual([size, 1]);
      leftOver = Math.max(leftOver, readdirSync(join(directory, 'state')).length - 1);
    }
    expect(leftOver).toBeGreaterThan(0);
    await writeFileDurably(path, Buffer.from('end'), { mode });
    expect(readdirSync(join(directory, 'state'))).toEqual(['file']);
  });
});
