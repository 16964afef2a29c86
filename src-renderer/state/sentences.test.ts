import { afterEach, beforeEach, expect, test } from 'vitest';
import { announcementSchema, transitionReasonSchema } from '../../src-main/contract/alert.ts';
import type { Alert, Announcement } from '../../src-main/contract/alert.ts';
import type { RuleStatus } from '../../src-main/contract/rule.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { Format } from './format.ts';
import {
  alertSentence,
  announcementWords,
  headline,
  pendingWords,
  phaseWords,
  reasonWords,
  ruleNameOf,
  ruleSentence,
  tellingName,
} from './sentences.ts';
import { subjectOf } from './words.ts';

let locale: 'en' | 'de' = 'en';
beforeEach(() => overwriteGetLocale(() => locale));
afterEach(() => {
  locale = 'en';
});

const since = 1_800_000_000_000;
const alert = {
  ruleName: 'memory ABOVE 85 %',
  comparison: 'greater_than',
  threshold: 85,
  state: 'firing',
  since,
  resolvedAt: null,
  series: { host: 'box', source: 'memory', metric: 'memory_percent', labels: {} },
} as unknown as Alert;
const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ');

test('that a destination is not reached is said without numbers', () => {
  const now = since + 254_000;
  const labels = { destination: 'mail' };
  const series = { host: 'box', source: 'plimsoll', metric: 'destination_down', labels };
  const lost: Alert = { ...alert, series };
  expect(plain(alertSentence(lost, 'x', 'none', new Format('en'), now))).toBe(
    'Nothing has reached the destination mail for 4 min and longer',
  );
  locale = 'de';
  expect(
    plain(alertSentence({ ...lost, state: 'resolved', resolvedAt: now }, 'x', 'none', new Format('de'), now)),
  ).toBe('Das Ziel mail wurde 4 min lang nicht erreicht');
});

test('an alert is a sentence in the present while it fires and in the past afterwards', () => {
  const now = since + 254_000;
  const en = new Format('en');
  expect(plain(alertSentence(alert, 'Memory', 'percent', en, now))).toBe('Memory above 85 % for 4 min');
  const over: Alert = { ...alert, state: 'resolved', resolvedAt: since + 120_000 };
  expect(plain(alertSentence(over, 'Memory', 'percent', en, now))).toBe('Memory was above 85 % for 2 min');
  locale = 'de';
  expect(plain(alertSentence(alert, 'Arbeitsspeicher', 'percent', new Format('de'), now))).toBe(
    'Arbeitsspeicher über 85 % seit 4 min',
  );
});

test('a pause is the first thing that is said, and what is crossed meanwhile the second', () => {
  const en = new Format('en-GB');
  const now = new Date(2027, 0, 5, 14).getTime();
  const paused = {
    level: 'warning',
    unknown: 0,
    counting: 0,
    hosts: null,
    pausedUntil: now + 3_600_000,
    downtimeUntil: now + 7_200_000,
  } as const;
  expect(headline({ ...paused, headline: 'crossed', crossed: 2 }, en, now)).toBe(
    'Paused until 15:00 · 2 lines crossed',
  );
  expect(headline({ ...paused, headline: 'ok', crossed: 0 }, en, now)).toBe('Paused until 15:00');
  expect(headline({ ...paused, pausedUntil: null, headline: 'crossed', crossed: 1 }, en, now)).toBe(
    'In downtime until 16:00 · 1 line crossed',
  );
});

test('numbers of things agree with their words', () => {
  const crossed = (count: number) =>
    headline(
      {
        headline: 'crossed',
        level: 'warning',
        crossed: count,
        unknown: 0,
        counting: 0,
        hosts: null,
        pausedUntil: null,
        downtimeUntil: null,
      },
      new Format('en'),
      0,
    );
  expect([crossed(1), crossed(2)]).toEqual(['1 line crossed', '2 lines crossed']);
  const rule = {
    comparison: 'less_than',
    threshold: 10,
    severity: 'warning',
    consecutiveViolations: 3,
  } as const;
  const en = new Format('en');
  expect(plain(ruleSentence(rule, 'Disk, free', 'gibibytes', en))).toBe(
    'Disk, free below 10 GiB for 3 samples in a row',
  );
  expect(plain(ruleSentence({ ...rule, consecutiveViolations: 1 }, 'Load', 'none', new Format('en')))).toBe(
    'Load below 10',
  );
});

test('a rule in words says all that it says', () => {
  const en = new Format('en');
  locale = 'en';
  const rule = {
    comparison: 'greater_than',
    threshold: 85,
    consecutiveViolations: 3,
    violationsOf: 5,
    window: { function: 'avg', seconds: 300 },
    criticalThreshold: 95,
    recoveryThreshold: 80,
    clearAfterSeconds: 60,
    labels: { mount: '!/boot' },
    not: { metric: 'on_ac', comparison: 'equals', threshold: 1 },
    noData: { policy: 'alert', afterSeconds: 600 },
  } as const;
  expect(plain(ruleSentence(rule, 'Disk', 'percent', en))).toBe(
    'Disk (average of 5 min) above 85 %, in 3 of the last 5 samples, each with mount !/boot, and another condition does not hold, critical above 95 %, clears at or below 80 %, clears after 1 min within, an alert without data for 10 min',
  );
  const soon = { comparison: 'greater_than', threshold: 90, consecutiveViolations: 1 } as const;
  expect(
    plain(ruleSentence({ ...soon, forecast: { withinDays: 3, overDays: 7 } }, 'Disk', 'percent', en)),
  ).toBe('Disk above 90 % within 3 days by its trend');
  const usual = { comparison: 'outside', consecutiveViolations: 1, baseline: {} } as const;
  expect(ruleSentence(usual, 'Load', 'none', new Format('en'))).toBe(
    'Load unusual for this hour of the week',
  );
  const changed = { comparison: 'changed', consecutiveViolations: 1 } as const;
  expect(ruleSentence(changed, 'Uptime', 'none', new Format('en'))).toBe('Uptime changed');
});

test('an alert that is no violation does not speak of a line', () => {
  const en = new Format('en');
  locale = 'en';
  const now = since + 254_000;
  const silent = { ...alert, cause: 'no_data', threshold: null, worstValue: null } as const;
  expect(plain(alertSentence(silent, 'Memory', 'percent', en, now))).toBe('Memory: no data for 4 min');
  const series = { host: 'box', source: 'memory', metric: 'memory_percent', labels: {} };
  const failing: Alert = { ...silent, cause: 'source_error', series };
  expect(plain(alertSentence(failing, 'Memory', 'percent', en, now))).toBe('memory has failed for 4 min');
});

test('a name that only repeats the sentence is not said twice', () => {
  const en = new Format('en');
  expect(tellingName(alert, 'Memory', 'percent', en)).toBeNull();
  expect(tellingName({ ...alert, ruleName: 'Too many tabs' }, 'Memory', 'percent', en)).toBe('Too many tabs');
});

test('the metric is named only where the source does not say which number is meant', () => {
  const subject = (name: string, kind: string, metric: string, labels = {}) =>
    subjectOf({ name, kind }, metric, labels, { title: 'T', unit: 'none', help: '' });
  expect(subject('memory', 'memory', 'memory_percent')).toBe('Memory');
  expect(subject('Photos', 'disk', 'disk_percent', { mount: '/data' })).toBe('Photos /data');
  expect(subject('network', 'network', 'bytes_sent_per_sec')).toBe('Network: Sent');
  expect(subject('shop', 'other', 'orders')).toBe('shop: T');
  expect(subject('memory', 'memory', 'memory_available')).toBe('Memory, available');
  expect(subject('Photos', 'disk', 'disk_free_gb')).toBe('Photos: Disk, free');
  expect(subject('plimsoll', 'plimsoll', 'own_cpu_percent')).toBe('Plimsoll, processor');
});

test.each(['en', 'de'] as const)('every reason has a sentence of its own, in %s', (language) => {
  locale = language;
  const reasons = transitionReasonSchema.options.map(reasonWords);
  const [announced, held] = announcementSchema.options;
  const announcements: Announcement[] = [
    ...announced.shape.reason.options.map((reason) => ({ decision: 'announce' as const, reason })),
    ...held.shape.reason.options.map((reason) => ({ decision: 'hold' as const, reason })),
  ];
  const format = new Format('en-GB');
  const told = announcements.map((announcement) => announcementWords(announcement, format, since));
  for (const sentences of [reasons, told]) {
    expect(sentences.filter((sentence) => !/^\p{Lu}.+\.$/u.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(sentences.length);
  }
});

test('a metric that says yes or no is not told as a number', () => {
  const now = alert.since + 240_000;
  const series = { host: 'here', source: 'db', metric: 'reachable', labels: {} };
  const unreachable: Alert = { ...alert, series, comparison: 'equals', threshold: 0 };
  expect(plain(alertSentence(unreachable, 'db', 'none', new Format('en'), now))).toBe(
    'db not reachable for 4 min',
  );
  const rule = { ...unreachable, comparison: 'less_than', threshold: 1, consecutiveViolations: 3 } as const;
  expect(ruleSentence(rule, 'db', 'none', new Format('en'))).toBe('db not reachable for 3 samples in a row');
  // Both states, or neither, say nothing about which one it is.
  expect(plain(alertSentence({ ...unreachable, threshold: 5 }, 'db', 'none', new Format('en'), now))).toBe(
    'db at 5 for 4 min',
  );
});

test('a rule is called as the list has it now, and a built-in one in the language of the window', () => {
  expect(ruleNameOf(alert)).toBe('memory ABOVE 85 %');
  expect(ruleNameOf(alert, { name: 'Memory nearly full' })).toBe('Memory nearly full');
  locale = 'de';
  const series = {
    ...alert.series,
    source: 'plimsoll',
    metric: 'destination_down',
    labels: { destination: 'm' },
  };
  const lost: Alert = { ...alert, series, ruleName: 'Destination not reached' };
  expect(ruleNameOf(lost)).toBe('Ziel nicht erreicht');
});

test('a rule of which nothing was ever sampled says that its data are missing once that is an alert', () => {
  const rule = { consecutiveViolations: 3, enabled: true };
  const status = {
    ruleId: 'r',
    host: 'here',
    labels: {},
    violations: 0,
    since: null,
    lastValue: null,
    lastAt: null,
  };
  const words = (phase: RuleStatus['phase']) =>
    phaseWords({ ...status, phase }, rule, new Format('en'), since);
  expect([words('ok'), words('no_data'), words('error')]).toEqual([
    'No sample yet',
    'No data',
    'The source fails',
  ]);
  const window = { function: 'p95', seconds: 300 } as const;
  expect(plain(phaseWords(undefined, { ...rule, window }, new Format('en'), since))).toBe(
    'Waiting for samples over 5 min',
  );
});

test('a line that is crossed long enough in samples waits for its time, and not for more samples than it asks', () => {
  const en = new Format('en');
  expect(pendingWords(2, { consecutiveViolations: 3 }, en)).toBe('Past its line in 2 of 3 samples');
  expect(plain(pendingWords(13, { consecutiveViolations: 1, forSeconds: 60 }, en))).toBe(
    'Crossed, needed for 1 min',
  );
});

test('a rule on every host says so, and names those that are left out', () => {
  const rule = { comparison: 'greater_than', threshold: 90, consecutiveViolations: 1 } as const;
  const said = (hosts: string[]) =>
    plain(ruleSentence({ ...rule, hosts }, 'Disk', 'percent', new Format('en')));
  expect(said(['*'])).toBe('Disk above 90 %, on every host');
  expect(said(['*', '!nas'])).toBe('Disk above 90 %, on *, !nas');
});
