import { expect, test } from 'vitest';
import { momentOf, momentOrAgo, zoneOf } from './moments.ts';

const berlin = 'Europe/Berlin';

test.each([
  ['2026-12-01', '2026-11-30T23:00Z'],
  ['2026-12-01T08:00', '2026-12-01T07:00Z'],
  ['2026-07-01 08:00:30', '2026-07-01T06:00:30Z'],
  ['2026-12-01T08:00Z', '2026-12-01T08:00Z'],
  ['2026-12-01T08:00-05:00', '2026-12-01T13:00Z'],
  // Clocks are set back at 03:00, and show 02:30 twice; set forward at 02:00, they never show it.
  ['2026-10-25T02:30', '2026-10-25T00:30Z'],
  ['2026-03-29T02:30', '2026-03-29T01:30Z'],
])('%s in Berlin is %s', (text, at) => {
  expect(new Date(momentOf('--from', text, berlin))).toEqual(new Date(at));
});

test.each(['tomorrow', '2026-13-01', '2026-02-30', '2026-12-01T25:00', '2026-12-01T08', '12/01/2026', ''])(
  '%j is no time',
  (text) => {
    expect(() => momentOf('--from', text, berlin)).toThrow(/^--from .*is no time\. Write 2026-01-05, /);
  },
);

test('how long ago is written as a length, and without a zone it is the zone of this machine', () => {
  const now = Date.UTC(2026, 10, 26);
  expect(momentOrAgo('--since', '90m', now)).toBe(now - 90 * 60_000);
  expect(momentOrAgo('--since', '7d', now)).toBe(now - 7 * 86_400_000);
  expect(momentOrAgo('--since', '2026-01-05', now)).toBe(new Date(2026, 0, 5).getTime());
  expect(() => momentOrAgo('--since', '7x', now)).toThrow('90m, 24h or 7d');
});

test('a zone that is none is said', () => {
  expect(zoneOf(berlin)).toBe(berlin);
  expect(() => zoneOf('Mars/Base')).toThrow('--zone: there is no time zone "Mars/Base"');
});
