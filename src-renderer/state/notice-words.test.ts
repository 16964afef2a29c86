import { expect, test } from 'vitest';
import { noticeWords } from './notice-words.ts';

test('what happened stands before the rest of a long notice, and a short one stays whole', () => {
  expect(noticeWords('The disk is nearly full: history waits.')).toEqual({
    title: 'The disk is nearly full: history waits.',
  });
  const rest = `metrics_report.html could not be written in /data/reports. The disk is full: make room, or choose another directory.`;
  expect(noticeWords(`The report that was due could not be made: ${rest}`)).toEqual({
    title: 'The report that was due could not be made',
    text: rest,
  });
  const kept = `It was kept as /data/history.sqlite.damaged-1 and a new history was begun.`;
  expect(noticeWords(`The history in /data/history.sqlite was empty. ${kept}`)).toEqual({
    title: 'The history in /data/history.sqlite was empty.',
    text: kept,
  });
  const unbroken = 'x'.repeat(200);
  expect(noticeWords(unbroken)).toEqual({ title: unbroken });
});
