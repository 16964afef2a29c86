import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { heldBack } from './held-back.ts';

const isRoot = process.getuid?.() === 0;
const words = ['-c', 'echo "$(ulimit -c) $1"', 'sh', 'with space;'];

test('a program gets its words as they are, held back or not', () => {
  const [program, given] = heldBack('/bin/sh', words);
  const { stdout } = spawnSync(program, given, { encoding: 'utf8' });
  expect(stdout).toMatch(/^(?:\d+|unlimited) with space;\n$/);
});

test.runIf(process.platform === 'linux' && !isRoot && existsSync('/usr/bin/prlimit'))(
  'whoever the kernel binds is bound by it',
  () => {
    const [program, given] = heldBack('/bin/sh', words);
    expect(program).toBe('/usr/bin/prlimit');
    expect(spawnSync(program, given, { encoding: 'utf8' }).stdout).toBe('0 with space;\n');
  },
);
