import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HandClock } from '../../testing/hand-clock.ts';
import { Approvals } from './approvals.ts';
import type { Approval } from './approvals.ts';

const clock = new HandClock(Date.UTC(2026, 0, 5, 12));

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'plimsoll-approvals-'));
});
afterEach(() => rmSync(data, { recursive: true }));

function approval(path: string, hash = 'a'): Approval {
  return { path, sha256: hash.repeat(64), interpreter: null, approvedAt: 1, awaitsSource: false };
}

test('remembers the newest approval of each file, for this user alone', async () => {
  const approvals = Approvals.open(data, clock);
  await approvals.add(approval('/a'));
  await approvals.add(approval('/b'));
  await approvals.add(approval('/a', 'c'));
  await approvals.remove('/b');
  const again = Approvals.open(data, clock);
  expect([again.all, again.problem]).toEqual([[approval('/a', 'c')], null]);
  const file = join(data, 'scripts/approvals.json');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(again.remove('/b')).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  ['is damaged', (file: string) => writeFileSync(file, '{"version":1,"scripts":[{"path":"/a"}]}')],
  ['is no JSON', (file: string) => writeFileSync(file, 'x')],
  ['could have been changed by others', (file: string) => chmodSync(file, 0o662)],
])('a file that %s approves nothing, and is set aside by the next approval', async (_why, spoil) => {
  await Approvals.open(data, clock).add(approval('/a'));
  spoil(join(data, 'scripts/approvals.json'));
  const approvals = Approvals.open(data, clock);
  expect(approvals.all).toEqual([]);
  expect(approvals.problem).toContain('no script runs until it is approved again');
  await approvals.add(approval('/b'));
  expect(Approvals.open(data, clock).all).toEqual([approval('/b')]);
  expect(readdirSync(join(data, 'scripts'))).toContain('approvals.json.damaged-20260105T120000Z');
  expect(readFileSync(join(data, 'scripts/approvals.json'), 'utf8')).not.toContain('"/a"');
});
