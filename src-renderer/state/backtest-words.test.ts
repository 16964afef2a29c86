import { beforeEach, expect, test } from 'vitest';
import type { Backtest } from '../../src-main/contract/backtest.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import {
  backtestNotes,
  chartTitle,
  firedWords,
  knownSince,
  seriesWords,
  timesWords,
  worthwhile,
} from './backtest-words.ts';
import { Format } from './format.ts';

beforeEach(() => overwriteGetLocale(() => 'en'));

const format = new Format('en-GB');
const day = 86_400_000;
const to = Date.parse('2026-06-10T12:00:00');

function backtest(change: Partial<Backtest> = {}): Backtest {
  const from = to - 7 * day;
  const series = {
    host: 'a',
    labels: {},
    samples: 100,
    firstAt: from,
    lastAt: to,
    least: 1,
    most: 9,
    count: 11,
    firingMs: 1,
  };
  return {
    from,
    to,
    count: 11,
    short: 9,
    noData: 0,
    periods: [],
    periodsLeftOut: 0,
    series: [series],
    seriesLeftOut: 0,
    withoutSamplesMs: 0,
    alternatives: [],
    ...change,
  };
}

test('says how often it would have fired, and how much of it was short', () => {
  const say = (count: number, short: number): string =>
    firedWords(backtest({ count, short }), 'week', format);
  expect(say(11, 9)).toBe('It would have fired 11 times in the last week, 9 of them under 2 minutes.');
  expect(say(11, 0)).toBe('It would have fired 11 times in the last week.');
  expect(say(2, 1)).toBe('It would have fired twice in the last week, 1 of them under 2 minutes.');
  expect(say(3, 3)).toBe('It would have fired 3 times in the last week, each time for less than 2 minutes.');
  expect(say(1, 1)).toBe('It would have fired once in the last week, for less than 2 minutes.');
  expect(say(1, 0)).toBe('It would have fired once in the last week.');
  expect(say(0, 0)).toBe('It would not have fired in the last week.');
});

test('says since when where there is less history than was looked for, and that there is none', () => {
  const [series] = backtest().series;
  const short = backtest({ count: 0, short: 0, series: [{ ...series!, firstAt: to - 2 * day }] });
  expect(firedWords(short, 'week', format)).toBe('It would not have fired since 8 Jun, 12:00.');
  const empty = backtest({ series: [{ ...series!, firstAt: null, lastAt: null, samples: 0 }] });
  expect(knownSince(empty)).toBeNull();
  expect(knownSince(backtest({ series: [] }))).toBeNull();
});

test('offers the longer times that fire less, and never only where all of it was short', () => {
  const alternatives = [
    { forSeconds: 60, count: 11 },
    { forSeconds: 120, count: 2 },
    { forSeconds: 300, count: 2 },
    { forSeconds: 600, count: 0 },
  ];
  expect(worthwhile(backtest({ alternatives }))).toEqual([{ forSeconds: 120, count: 2 }]);
  const never = [{ forSeconds: 120, count: 0 }];
  expect(worthwhile(backtest({ count: 3, short: 3, alternatives: never }))).toEqual(never);
  expect(worthwhile(backtest({ count: 3, short: 2, alternatives: never }))).toEqual([]);
});

test('leaves nothing unsaid that was left out', () => {
  expect(backtestNotes(backtest(), format)).toEqual([]);
  const left = { noData: 2, seriesLeftOut: 7, periodsLeftOut: 1, withoutSamplesMs: 9 * 3_600_000 };
  expect(backtestNotes(backtest(left), format)).toEqual([
    'No data would have been an alert twice.',
    '7 more series are judged, but were not looked at.',
    'The oldest one is not drawn.',
    'For 9 h of it there are no samples.'.replace('9 h', '9\u00a0h'),
  ]);
});

test('tells series apart by what differs', () => {
  const [one] = backtest().series;
  const root = { ...one!, labels: { mount: '/' }, count: 2 };
  expect(seriesWords(root, [root], format)).toBe('/ · twice');
  expect(seriesWords(root, [root, { ...root, host: 'b' }], format)).toBe('a, / · twice');
  expect(seriesWords({ ...one!, count: 0 }, [one!], format)).toBe('without labels · never');
  expect(timesWords(1234, format)).toBe('1,234 times');
});

test('a chart is called by the span, or by what is known of it', () => {
  const title = (from: number): string => chartTitle('Memory', { from: to - from, to, span: 'week' }, format);
  expect(title(7 * day)).toBe('Memory, the last week');
  expect(title(3 * day)).toBe('Memory, since 7 Jun');
  expect(title(day / 4)).toBe('Memory, the last 6 hours');
});
