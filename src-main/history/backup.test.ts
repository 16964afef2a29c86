import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { backUp } from './backup.ts';

test.each([
  ['is too long for the system', `/${'x'.repeat(4000)}`],
  ['holds a zero byte', '/tmp/a\0b'],
  ['is below what is no directory', '/dev/null/a'],
])('a path that %s is said, with what to do', async (_, path) => {
  using db = new DatabaseSync(':memory:');
  await expect(backUp(db, path)).rejects.toMatchObject({
    name: 'PlimsollError',
    code: expect.not.stringMatching('internal') as unknown,
  });
});

test.runIf(process.platform !== 'win32')('a path of another system is none here', async () => {
  using db = new DatabaseSync(':memory:');
  for (const path of ['C:\\con', '\\\\host\\share\\copy', 'copy']) {
    await expect(backUp(db, path)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(existsSync(path)).toBe(false);
  }
});

test('of several into the same file at once one is written, and whole, and the others are told', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  using db = new DatabaseSync(':memory:');
  db.exec(
    'CREATE TABLE t (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) INSERT INTO t SELECT randomblob(1000) FROM n',
  );
  const target = join(directory, 'copy');
  const ended = await Promise.allSettled([1, 2, 3].map(() => backUp(db, target)));
  expect(
    ended
      .map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'written'))
      .sort(),
  ).toEqual(['conflict', 'conflict', 'written']);
  expect(readdirSync(directory)).toEqual(['copy']);
  using copy = new DatabaseSync(target, { readOnly: true });
  expect(copy.prepare('SELECT count(*) AS rows FROM t').get()).toEqual({ rows: 6000 });
});
