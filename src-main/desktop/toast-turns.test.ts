import { expect, it } from 'vitest';
import { ToastTurns } from './toast-turns.ts';

const storm = (turns: ToastTurns, count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => turns.take(`a${from + at}`, false, at));

it('shows three notifications a minute and counts the rest of a storm into one', () => {
  const turns = new ToastTurns();
  const first = storm(turns, 1000);
  expect(first.filter(({ show }) => show === 'itself')).toHaveLength(3);
  expect(first[3]).toEqual({ show: 'later', inMs: 59_997 });
  expect(turns.fold(60_000)).toBe(997);
  expect(turns.fold(60_000)).toBe(0);
  // The one that spoke for many was shown as well.
  const later = [60_010, 60_020, 60_030].map((now) => turns.take(`b${now}`, false, now).show);
  expect(later).toEqual(['itself', 'itself', 'later']);
  // It takes the place of the former, so it speaks for its alerts as well.
  expect(turns.fold(120_000)).toBe(998);
});

it('shows no more than three in any minute, whatever comes', () => {
  const turns = new ToastTurns();
  const shownAt: number[] = [];
  let foldAt = Infinity;
  for (let now = 0; now < 600_000; now += 250) {
    if (now >= foldAt) {
      if (turns.fold(now) > 0) shownAt.push(now);
      foldAt = Infinity;
    }
    // Reminders of the same alerts among them, which take the place of what is shown.
    const turn = turns.take(`a${now % 40}`, now % 3 === 0, now);
    if (turn.show === 'itself') shownAt.push(now);
    if (turn.show === 'later') foldAt = Math.min(foldAt, now + turn.inMs);
  }
  expect(shownAt.length).toBeGreaterThan(20);
  const within = shownAt.map((from) => shownAt.filter((at) => at >= from && at < from + 60_000).length);
  expect(Math.max(...within)).toBe(3);
});

it('does not count what is over, and takes the one that speaks for many away when all of it is', () => {
  const turns = new ToastTurns();
  storm(turns, 6);
  expect(turns.over('a3')).toBe(false);
  expect(turns.take('a3', true, 10)).toEqual({ show: 'never' });
  expect(turns.fold(60_000)).toBe(2);
  expect([turns.over('a0'), turns.over('a4'), turns.over('a5'), turns.over('a5')]).toEqual([
    ...[false, false, true, false],
  ]);
  expect(turns.fold(61_000)).toBe(0);
});
