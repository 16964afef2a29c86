import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openState } from '../monitor/state/state.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { Access } from './access.ts';

const directory = mkdtempSync(join(tmpdir(), 'plimsoll-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('sessions and tokens survive a restart, revoked ones do not, and no secret reaches the disk', () => {
  const clock = new HandClock();
  const before = openState(directory);
  const access = new Access(before.access, clock);
  const unused = access.createCode().code;
  const secrets = [1, 2].map(() => access.openSession(access.createCode().code)?.secret ?? '');
  const tokens = (['read', 'ingest', 'admin'] as const).map((scope) => access.createToken(scope, scope));
  const [mine = '', other = ''] = secrets;
  const signedIn = access.session(other);
  if (signedIn === undefined) throw new Error('a fresh session is not known');
  access.closeSession(signedIn);
  access.removeToken(tokens[1]?.view.id ?? '');
  before.close();

  const after = openState(directory);
  const again = new Access(after.access, clock);
  expect(again.session(mine)).toMatchObject({ by: 'session', scope: 'admin' });
  expect(again.session(other)).toBeUndefined();
  expect(again.openSession(unused)).toBeUndefined();
  const callers = tokens.map(({ token }) => again.bearer(`Bearer ${token}`)?.scope);
  expect(callers).toEqual(['read', undefined, 'admin']);

  const kept = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'latin1'));
  const leaked = [unused, ...secrets, ...tokens.map(({ token }) => token)].filter((secret) =>
    kept.some((content) => content.includes(secret)),
  );
  expect(leaked).toEqual([]);
  after.close();
});
