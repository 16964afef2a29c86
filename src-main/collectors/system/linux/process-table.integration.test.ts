import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'process-table.ts')).href);

/** Keeps as many descriptors as it can, opens files until none is left, and continues to read. */
const script = `
import { openSync } from 'node:fs';
import { ProcessFiles } from ${module};
const told = { bootedAt: () => 0, newestPid: () => null, monotonic: () => performance.now() };
const files = new ProcessFiles({ root: '/proc', pageBytes: 4096, mostKept: 1000, ...told });
files.read();
try { for (;;) openSync('/dev/null', 'r'); } catch (error) { console.log(error.code); }
for (let round = 0; round < 3; round++) {
  const { processes, count, hidden } = files.read();
  console.log(processes.some(({ pid }) => pid === process.pid), count >= processes.length, hidden);
}`;

test.runIf(process.platform === 'linux')(
  'without a descriptor left it gives up kept ones, and sees every process nonetheless',
  async () => {
    const command = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, script]);
    expect(stdout.trim().split('\n')).toEqual(['EMFILE', ...Array<string>(3).fill('true true false')]);
  },
);
