import { afterEach, beforeEach, expect, test } from 'vitest';
import { downtimeSchema } from '../../src-main/contract/downtime.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { daysWords, downtimeScope, downtimeState, downtimeTimes, occurrenceWords } from './downtime-words.ts';
import { Format } from './format.ts';

let locale: 'en' | 'de' = 'en';
beforeEach(() => overwriteGetLocale(() => locale));
afterEach(() => {
  locale = 'en';
});

const now = new Date(2026, 10, 25, 14).getTime();
const plain = (text: string) => text.replaceAll(/[\u00a0\u2009\u202f]/g, ' ');
const parse = (times: object) => downtimeSchema.parse({ id: 'update', name: 'Update', ...times });

test('says when it is, in both languages', () => {
  const weekend = parse({ days: ['sun', 'sat'], start: '02:00', minutes: 90, zone: 'Europe/Berlin' });
  const nightly = parse({ start: '22:00', end: '06:00', zone: 'UTC' });
  const en = new Format('en-GB');
  expect(plain(downtimeTimes(weekend, en, now))).toBe('Sat and Sun, 02:00 for 1 h 30 min (Europe/Berlin)');
  expect(downtimeTimes(nightly, en, now)).toBe('Every day, 22:00–06:00 (UTC)');
  expect(downtimeTimes(parse({ from: now, to: now + 3_600_000 }), en, now)).toBe('14:00 – 15:00');
  locale = 'de';
  const de = new Format('de');
  expect(plain(downtimeTimes(weekend, de, now))).toBe('Sa und So, 02:00 Uhr für 1 h 30 min (Europe/Berlin)');
  expect(downtimeTimes(nightly, de, now)).toBe('Jeden Tag, 22:00–06:00 Uhr (UTC)');
  expect(daysWords(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], de)).toBe('Jeden Tag');
});

test('says what it is about', () => {
  const name = (id: string) => (id === 'cpu-high' ? 'CPU above 80 %' : id);
  expect(downtimeScope({}, name)).toBe('Everything');
  expect(downtimeScope({ hosts: ['nas', 'web-*'], rules: ['cpu-high'] }, name)).toBe(
    'Hosts nas, web-* · Rule CPU above 80 %',
  );
});

test('says how it stands', () => {
  const en = new Format('en-GB');
  const view = { downtime: parse({ from: now, to: now + 3_600_000 }), origin: 'made', next: [] } as const;
  const hour = { from: now, to: now + 3_600_000 };
  expect(downtimeState({ ...view, state: 'active', active: hour, next: [] }, en, now)).toBe(
    'Active until 15:00',
  );
  expect(downtimeState({ ...view, state: 'planned', active: null, next: [hour] }, en, now)).toBe(
    'Next: 14:00',
  );
  expect(downtimeState({ ...view, state: 'over', active: null, next: [] }, en, now + 7_200_000)).toBe(
    'Over since 15:00',
  );
});

test('a time that it comes is told by the clocks of its zone', () => {
  const night = { from: Date.parse('2026-11-28T01:00:00Z'), to: Date.parse('2026-11-28T02:30:00Z') };
  expect(plain(occurrenceWords(night, 'Europe/Berlin', new Format('en-GB')))).toMatch(
    /Sat.*28 Nov.*02:00.*03:30/,
  );
});
