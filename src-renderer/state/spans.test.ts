import { expect, test } from 'vitest';
import { lasts, pauseSpans, snoozeSpans, spanEnd } from './spans.ts';

test('a span ends so many minutes later, in whole milliseconds', () => {
  expect(spanEnd(30, 1_800_000_000_000.4)).toBe(1_800_001_800_000);
});

test('tomorrow is eight in the morning of the next day, over the end of a month and in summer time', () => {
  for (const now of [
    new Date(2027, 0, 31, 23, 59),
    new Date(2027, 2, 27, 0, 30),
    new Date(2027, 9, 30, 12),
  ]) {
    const end = new Date(spanEnd('tomorrow', now.getTime()));
    expect([end.getHours(), end.getMinutes(), end.getSeconds(), end.getMilliseconds()]).toEqual([8, 0, 0, 0]);
    const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    expect(end.toDateString()).toBe(next.toDateString());
  }
});

test('every span that is offered ends in the future, the next later than the one before', () => {
  const noon = new Date(2027, 5, 1, 12).getTime();
  for (const spans of [pauseSpans, snoozeSpans]) {
    const ends = [noon, ...spans.flatMap((span) => (span === 'resolved' ? [] : [spanEnd(span, noon)]))];
    expect(ends).toEqual([...new Set(ends)].sort((one, other) => one - other));
  }
});

test('what has ended does not last, nor what never began', () => {
  expect([lasts(2, 1), lasts(1, 1), lasts(null, 1)]).toEqual([true, false, false]);
});
