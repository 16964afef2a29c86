import { afterEach, beforeEach, expect, it } from 'vitest';
import { StateFolder } from '../../testing/state-folder.ts';
import type { State } from './state.ts';

let folder: StateFolder;
let state: State;

beforeEach(() => {
  ({ state } = folder = new StateFolder());
});
afterEach(() => {
  folder.remove();
});

it('forgets sessions that have expired, and keeps tokens as hashes', () => {
  state.access.putSession('hash-of-session', 5000, 0);
  expect([
    state.access.hasSession('hash-of-session', 4999),
    state.access.hasSession('hash-of-session', 5000),
  ]).toEqual([true, false]);
  const token = {
    ...{ id: 't1', name: 'laptop', scope: 'read' as const, createdAt: 1, lastUsedAt: null },
    ...{ host: null, expiresAt: null, useBy: null },
  };
  state.access.putToken(token, 'hash-of-token');
  state.access.touchToken('t1', 77);
  expect(state.access.findToken('hash-of-token')).toEqual({ ...token, lastUsedAt: 77 });
  const next = { ...token, id: 't2' };
  expect(state.access.rotateToken('nobody', 99, next, 'hash-of-next')).toBe(false);
  expect(state.access.findToken('hash-of-next')).toBeUndefined();
  expect(state.access.rotateToken('t1', 99, next, 'hash-of-next')).toBe(true);
  expect(state.access.rotateToken('t1', 200, { ...next, id: 't3' }, 'hash-of-third')).toBe(true);
  expect(state.access.tokens().map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
    ['t1', 99],
    ['t2', null],
    ['t3', null],
  ]);
  expect([state.access.removeToken('t1'), state.access.removeToken('t1')]).toEqual([true, false]);
});
