import { beforeEach, expect, test } from 'vitest';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { alertMarks } from './alert-marks.ts';
import { Format } from './format.ts';

beforeEach(() => overwriteGetLocale(() => 'en'));

const format = new Format('en-GB');
const now = new Date(2027, 0, 5, 14, 30).getTime();
const minutes = (count: number): number => now + count * 60_000;

test('says when it was acknowledged and until when it is snoozed', () => {
  const alert = { state: 'firing', acknowledgedAt: minutes(-28), snoozedUntil: minutes(30) } as const;
  expect(alertMarks(alert, format, now)).toEqual(['Acknowledged 14:02', 'Snoozed until 15:00']);
});

test('says who acknowledged it where that is known, and that it is snoozed until it is over', () => {
  const alert = { state: 'firing', acknowledgedAt: minutes(-28), snoozedUntil: null } as const;
  const marks = alertMarks({ ...alert, acknowledgedBy: 'pager', snoozedUntilResolved: true }, format, now);
  expect(marks).toEqual(['Acknowledged 14:02 by pager', 'Snoozed until it is over']);
});

test('says who snoozed it where that is known', () => {
  const alert = {
    state: 'firing',
    acknowledgedAt: null,
    snoozedUntil: minutes(30),
    snoozedBy: 'Ann',
  } as const;
  expect(alertMarks(alert, format, now)).toEqual(['Snoozed by Ann until 15:00']);
  const toTheEnd = { ...alert, snoozedUntil: null, snoozedUntilResolved: true };
  expect(alertMarks(toTheEnd, format, now)).toEqual(['Snoozed by Ann until it is over']);
});

test('a snooze that has ended, or whose alert is over, is not spoken of', () => {
  const alert = { state: 'firing', acknowledgedAt: null, snoozedUntil: minutes(-1) } as const;
  expect(alertMarks(alert, format, now)).toEqual([]);
  expect(alertMarks({ ...alert, state: 'resolved', snoozedUntil: minutes(5) }, format, now)).toEqual([]);
});
