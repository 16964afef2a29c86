import { expect, it } from 'vitest';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';

const folder = stateFolderForEachTest();

it('forgets sessions that have expired, and keeps tokens as hashes', () => {
  folder.state.access.putSession('hash-of-session', 5000, 0);
  expect([
    folder.state.access.hasSession('hash-of-session', 4999),
    folder.state.access.hasSession('hash-of-session', 5000),
  ]).toEqual([true, false]);
  const token = {
    ...{ id: 't1', name: 'laptop', scope: 'read' as const, createdAt: 1, lastUsedAt: null },
    ...{ host: null, expiresAt: null, useBy: null },
  };
  folder.state.access.putToken(token, 'hash-of-token');
  folder.state.access.touchToken('t1', 77);
  expect(folder.state.access.findToken('hash-of-token')).toEqual({ ...token, lastUsedAt: 77 });
  const next = { ...token, id: 't2' };
  expect(folder.state.access.rotateToken('nobody', 99, next, 'hash-of-next')).toBe(false);
  expect(folder.state.access.findToken('hash-of-next')).toBeUndefined();
  expect(folder.state.access.rotateToken('t1', 99, next, 'hash-of-next')).toBe(true);
  expect(folder.state.access.rotateToken('t1', 200, { ...next, id: 't3' }, 'hash-of-third')).toBe(true);
  expect(folder.state.access.tokens().map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
    ['t1', 99],
    ['t2', null],
    ['t3', null],
  ]);
  expect([folder.state.access.removeToken('t1'), folder.state.access.removeToken('t1')]).toEqual([
    true,
    false,
  ]);
});
