import { expect, test } from 'vitest';
import { isZone, momentOf, wallTime } from './zoned-time.ts';

test.each([
  ['2026-07-01T12:30', 'Europe/Berlin', '2026-07-01T10:30:00Z'],
  ['2026-12-01T12:30', 'America/Sao_Paulo', '2026-12-01T15:30:00Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
])('%s in %s is %s, and back', (wall, zone, utc) => {
  expect(new Date(momentOf(wall, zone) ?? NaN).toISOString()).toBe(utc.replace('Z', '.000Z'));
  expect(wallTime(Date.parse(utc), zone)).toBe(wall);
});

test('what the clock skips is as long after the jump', () => {
  expect(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30:00Z'));
});

test('what is no time is none, and what is no zone is none', () => {
  expect(momentOf('', 'UTC')).toBeNull();
  expect([isZone('Europe/Berlin'), isZone('UTC'), isZone('+02:00'), isZone('Mars'), isZone('')]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
