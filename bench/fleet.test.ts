import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { noPostgres } from '../src-main/testing/postgres.ts';

const program = join(import.meta.dirname, 'fleet.ts');

test.for([
  ['SQLite', 'sqlite', process.platform === 'linux' ? undefined : 'needs Linux'],
  ['PostgreSQL', 'postgres', noPostgres],
])(
  'a small fleet sends for some seconds to a hub with its history in %s: nothing is lost, and what is too high fires',
  { timeout: 120_000 },
  async ([, store = '', missing], context) => {
    if (missing !== undefined) context.skip(missing);
    const words = [program, '50', '0.12', store, '2'];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    const [, posts, lost] =
      /(\d+) posts acknowledged \(\d+ samples\), \d+ refused and sent again, (\d+) samples lost/.exec(
        stdout,
      ) ?? [];
    expect([Number(posts) > 150, lost], stdout).toEqual([true, '0']);
    expect(stdout).toMatch(/[1-9]\d* alerts fired/);
  },
);
