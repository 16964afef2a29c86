import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('docs/reference is what the schemas say; otherwise run `npm run docs`', () => {
  const script = join(import.meta.dirname, '..', '..', 'docs', 'write-reference.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
