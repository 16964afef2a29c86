import { expect, it } from 'vitest';
import { ToastTurns } from './toast-turns.ts';

it('shows three notifications a minute and counts the rest of a storm into one', () => {
  const turns = new ToastTurns();
  const first = Array.from({ length: 1000 }, (_, at) => turns.take(at));
  expect(first.filter(({ show }) => show === 'itself')).toHaveLength(3);
  expect(first[3]).toEqual({ show: 'later', inMs: 59_997 });
  expect(turns.fold(60_000)).toBe(997);
  expect(turns.fold(60_000)).toBe(0);
  // The one that spoke for many was shown as well.
  const later = [60_010, 60_020, 60_030].map((now) => turns.take(now).show);
  expect(later).toEqual(['itself', 'itself', 'later']);
});
