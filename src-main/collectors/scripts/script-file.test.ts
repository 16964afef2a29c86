import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashOf, readScript } from './script-file.ts';

test('a file whose read has not ended is not read again meanwhile, and is afterwards', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-script-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.py'), 'first', { mode: 0o600 });
  const [one, other] = [readScript('a.py', folder), readScript('a.py', folder)];
  expect(other).toBe(one);
  expect((await one).sha256).toBe(hashOf(Buffer.from('first')));
  writeFileSync(join(folder, 'a.py'), 'second');
  expect((await readScript('a.py', folder)).sha256).toBe(hashOf(Buffer.from('second')));
  await expect(readScript('b.py', folder)).rejects.toMatchObject({ code: 'not_found' });
});
