import { describe, expect, test } from 'vitest';
import { downtimeSchema } from '../contract/downtime.ts';
import { quietSchedule, scheduleOf } from './occurrences.ts';

const minuteMs = 60_000;
const at = (iso: string) => Date.parse(iso);

function weekly(zone: string, start: string, endOrMinutes: string | number, days?: string[]) {
  return scheduleOf(
    downtimeSchema.parse({
      id: 'nightly',
      name: 'Nightly',
      start,
      ...(typeof endOrMinutes === 'string' ? { end: endOrMinutes } : { minutes: endOrMinutes }),
      zone,
      ...(days !== undefined && { days }),
    }),
  );
}

function cron(pattern: string, minutes: number, zone: string) {
  return scheduleOf(downtimeSchema.parse({ id: 'monthly', name: 'Monthly', cron: pattern, minutes, zone }));
}

/** The next ones in local time, with their elapsed minutes. */
function onTheWall(schedule: ReturnType<typeof scheduleOf>, zone: string, after: string, count: number) {
  const wall = (ms: number) => new Date(ms).toLocaleString('sv', { timeZone: zone }).slice(0, 16);
  return schedule
    .after(at(after), count)
    .map(({ from, to }) => `${wall(from)} → ${wall(to)}, ${(to - from) / minuteMs} min`);
}

describe('a nightly window by the clock on the wall keeps its times over both changes of the clock', () => {
  test.each([
    // The skipped hour and the repeated hour in each zone.
    ['Europe/Berlin', '2026-03-27T12:00:00Z', '2026-10-23T12:00:00Z', 60],
    ['America/New_York', '2026-03-06T12:00:00Z', '2026-10-30T12:00:00Z', 60],
    ['Australia/Lord_Howe', '2026-10-02T06:00:00Z', '2026-04-03T06:00:00Z', 30],
    ['America/Sao_Paulo', '2018-11-02T12:00:00Z', '2018-02-16T12:00:00Z', 60],
    ['Africa/Casablanca', '2026-03-20T12:00:00Z', '2026-02-13T12:00:00Z', 60],
  ])('%s', (zone, beforeSpring, beforeAutumn, shift) => {
    const nights = weekly(zone, '22:00', '07:00');
    const lengths = (after: string) =>
      nights.after(at(after), 3).map(({ from, to }) => (to - from) / minuteMs);
    expect(lengths(beforeSpring).toSorted()).toEqual([540 - shift, 540, 540].toSorted());
    expect(lengths(beforeAutumn).toSorted()).toEqual([540, 540, 540 + shift].toSorted());
    for (const after of [beforeSpring, beforeAutumn])
      for (const line of onTheWall(nights, zone, after, 3)) expect(line).toMatch(/ 22:00 → .* 07:00,/);
  });
});

describe('a length in minutes is time that passes', () => {
  test.each([
    ['Europe/Berlin', '2026-03-28T12:00:00Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z'],
    ['America/New_York', '2026-11-01T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T06:00:00Z'],
    ['Africa/Casablanca', '2026-02-14T12:00:00Z'],
  ])('%s from %s', (zone, after) => {
    for (const { from, to } of weekly(zone, '01:00', 180).after(at(after), 3))
      expect(to - from).toBe(180 * minuteMs);
  });
});

describe('a start in the hour that does not exist is when the clock jumps', () => {
  test.each([
    ['Europe/Berlin', '02:30', '2026-03-28T12:00:00Z', '2026-03-29 03:00'],
    ['America/New_York', '02:15', '2026-03-07T12:00:00Z', '2026-03-08 03:00'],
    ['Australia/Lord_Howe', '02:15', '2026-10-03T12:00:00Z', '2026-10-04 02:30'],
    ['America/Sao_Paulo', '00:00', '2018-11-03T12:00:00Z', '2018-11-04 01:00'],
    ['Africa/Casablanca', '02:30', '2026-03-21T12:00:00Z', '2026-03-22 03:00'],
  ])('%s at %s', (zone, start, after, begins) => {
    expect(onTheWall(weekly(zone, start, 60), zone, after, 1)[0]).toContain(begins);
  });
});

describe('a start in the hour that comes twice is in the first, and comes once', () => {
  test.each([
    ['Europe/Berlin', '02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ['America/New_York', '01:30', '2026-10-31T12:00:00Z', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ['Australia/Lord_Howe', '01:45', '2026-04-04T12:00:00Z', '2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
    ['America/Sao_Paulo', '23:30', '2018-02-17T12:00:00Z', '2018-02-18T01:30:00Z', '2018-02-19T02:30:00Z'],
    ['Africa/Casablanca', '02:30', '2026-02-14T12:00:00Z', '2026-02-15T01:30:00Z', '2026-02-16T02:30:00Z'],
  ])('%s at %s', (zone, start, after, first, second) => {
    const begins = weekly(zone, start, 30)
      .after(at(after), 2)
      .map(({ from }) => from);
    expect(begins).toEqual([at(first), at(second)]);
  });

  test('also where cron lists several times', () => {
    const begins = cron('0,30 2 * * *', 10, 'Europe/Berlin').after(at('2026-10-24T12:00:00Z'), 3);
    expect(begins.map(({ from }) => new Date(from).toISOString())).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:00:00.000Z',
    ]);
  });
});

test('a window of which the clock skips all does not take place that night', () => {
  const nights = onTheWall(
    weekly('Europe/Berlin', '02:15', '02:45'),
    'Europe/Berlin',
    '2026-03-27T12:00:00Z',
    3,
  );
  expect(nights.map((line) => line.slice(0, 16))).toEqual([
    '2026-03-28 02:15',
    '2026-03-30 02:15',
    '2026-03-31 02:15',
  ]);
  expect(weekly('Europe/Berlin', '02:15', '02:45').at(at('2026-03-29T01:00:00Z'))).toBeNull();
});

test('it begins with its first moment and is over at its end', () => {
  const monday = weekly('UTC', '10:00', 30, ['mon']);
  const [from, to] = [at('2026-11-23T10:00:00Z'), at('2026-11-23T10:30:00Z')];
  expect(monday.at(from - 1)).toBeNull();
  expect(monday.at(from)).toEqual({ from, to });
  expect(monday.at(to - 1)).toEqual({ from, to });
  expect(monday.at(to)).toBeNull();
  expect(monday.after(from - 1, 1)).toEqual([{ from, to }]);
  expect(monday.after(from, 1)[0]?.from).toBe(from + 7 * 86_400_000);
});

test('a window over midnight belongs to the day on which it begins', () => {
  const friday = weekly('Europe/Berlin', '22:00', '06:00', ['fri']);
  expect(friday.at(at('2026-11-28T03:00:00+01:00'))).toEqual({
    from: at('2026-11-27T22:00:00+01:00'),
    to: at('2026-11-28T06:00:00+01:00'),
  });
  expect(friday.at(at('2026-11-27T03:00:00+01:00'))).toBeNull();
});

test('the same time at both ends is a whole day', () => {
  const sunday = weekly('Europe/Berlin', '00:00', '00:00', ['sun']);
  const [whole] = sunday.after(at('2026-10-24T12:00:00Z'), 1);
  // The day with the repeated hour.
  expect(whole && (whole.to - whole.from) / 3_600_000).toBe(25);
});

test('what follows without a break is one, so that its end is the real one', () => {
  const always = weekly('UTC', '00:00', '00:00', ['fri', 'sat', 'sun']);
  expect(always.at(at('2026-11-27T12:00:00Z'))?.to).toBe(at('2026-11-30T00:00:00Z'));
  expect(cron('*/10 8-9 * * *', 15, 'UTC').at(at('2026-11-27T08:31:00Z'))?.to).toBe(
    at('2026-11-27T10:05:00Z'),
  );
});

test('a leap day comes every four years', () => {
  expect(onTheWall(cron('0 3 29 2 *', 60, 'Europe/Berlin'), 'Europe/Berlin', '2026-01-01', 2)).toEqual([
    '2028-02-29 03:00 → 2028-02-29 04:00, 60 min',
    '2032-02-29 03:00 → 2032-02-29 04:00, 60 min',
  ]);
});

test('the next five of the first Sunday of each month', () => {
  const lines = onTheWall(
    cron('0 3 * * SUN#1', 120, 'America/New_York'),
    'America/New_York',
    '2026-11-02',
    5,
  );
  expect(lines.map((line) => line.slice(0, 16))).toEqual([
    '2026-12-06 03:00',
    '2027-01-03 03:00',
    '2027-02-07 03:00',
    '2027-03-07 03:00',
    '2027-04-04 03:00',
  ]);
});

test('once is once', () => {
  const once = scheduleOf(downtimeSchema.parse({ id: 'once', name: 'Once', from: 1000, to: 2000 }));
  expect([999, 1000, 1999, 2000].map((ms) => once.at(ms) !== null)).toEqual([false, true, true, false]);
  expect(once.after(999, 5)).toEqual([{ from: 1000, to: 2000 }]);
  expect(once.after(1000, 5)).toEqual([]);
});

test('what holds at a moment is what was said to come, hour by hour over a year of changes', () => {
  for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
    const nights = quietSchedule({ start: '23:15', end: '06:45', zone, criticalBreaksThrough: true });
    const begin = at('2026-01-01T12:00:00Z');
    const planned = nights.after(begin, 366);
    for (let hour = 0; hour < 365 * 24; hour += 5) {
      const now = begin + hour * 3_600_000;
      const expected = planned.find(({ from, to }) => from <= now && now < to) ?? null;
      expect(nights.at(now), `${zone} ${new Date(now).toISOString()}`).toEqual(expected);
    }
  }
});

describe('what cannot be read is refused and named', () => {
  test.each([
    ['0 25 * * *', /"0 25 \* \* \*" cannot be read: Invalid value for hour: 25/],
    ['0 0 * *', /"0 0 \* \*" cannot be read/],
    ['* * * * * *', /cannot be read.*5 parts/],
    ['0 0 30 2 *', /names a day that never comes/],
  ])('%s', (pattern, message) => {
    let thrown: unknown;
    try {
      cron(pattern, 10, 'UTC');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'invalid_request',
      problems: [{ path: 'cron', message: expect.stringMatching(message) as string }],
    });
  });
});
