import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Format } from './format.ts';
import { german } from './phrases-de.ts';
import { english as englishPhrases } from './phrases-en.ts';

/** Without the spaces at which no line is parted. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

const english = new Format('en', 'UTC');
const berlin = new Format('de', 'Europe/Berlin');

test.each([
  [0, 'bytes', '0 B', '0 B'],
  [1536, 'bytes_per_second', '1.54 kB/s', '1,54 kB/s'],
  [91.234, 'percent', '91.2 %', '91,2 %'],
  [0.0421, 'percent', '0.042 %', '0,042 %'],
  [-0.0001, 'celsius', '-1.00E-4 °C', '-1,00E-4 °C'],
  [90_000, 'seconds', '25 h', '25 h'],
  [1_234_567.8, 'count', '1,234,568', '1.234.568'],
] as const)('%d %s is written as %s, and as %s in German', (value, unit, ...words) => {
  expect([english.value(value, unit), berlin.value(value, unit)].map(plain)).toEqual(words);
});

test('times are by the clock of the zone, and days and spans in words of the language', () => {
  const at = Date.UTC(2026, 4, 4, 22, 5);
  expect([english.minute(at), berlin.minute(at)]).toEqual(['4 May 2026, 22:05', '5. Mai 2026, 00:05']);
  expect([english.day('2026-12-05'), berlin.day('2026-12-05')]).toEqual(['5 Dec', '5. Dez.']);
  expect([0, 6].map((day) => [english.weekday(day), berlin.weekday(day)])).toEqual([
    ['Mon', 'Mo'],
    ['Sun', 'So'],
  ]);
  const span = 76 * 3_600_000;
  expect([english.span(span), berlin.span(span)].map(plain)).toEqual(['3 d 4 h', '3 T 4 h']);
});

test('a share is never rounded up to the whole', () => {
  expect(
    ['en', 'de'].map((language) => plain(new Format(language as 'en' | 'de', 'UTC').share(99_999, 1e5))),
  ).toEqual(['99.9 %', '99,9 %']);
  expect(plain(berlin.share(1, 1))).toBe('100 %');
});

test('a metric that is a moment is written as one', () => {
  expect(berlin.ofMetric('boot_time', Date.UTC(2026, 0, 5, 7) / 1000, 'seconds')).toBe('5. Jan. 2026, 08:00');
});

test('metrics are called in German as the interface calls them', () => {
  const path = new URL('../../src-renderer/messages/de.json', import.meta.url);
  const interfaceWords = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  for (const [metric, title] of Object.entries(german.metrics)) {
    const key = metric === 'value' ? 'metric_push_value' : `metric_${metric}`;
    expect([metric, title]).toEqual([metric, interfaceWords[key]]);
  }
});

test('kinds are called as the interface calls them', () => {
  for (const { kinds, locale } of [englishPhrases, german]) {
    const path = new URL(`../../src-renderer/messages/${locale.slice(0, 2)}.json`, import.meta.url);
    const interfaceWords = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    for (const [kind, title] of Object.entries(kinds)) {
      const key = kind === 'file' ? 'kind_source_file' : `kind_${kind.replace('-', '_')}`;
      expect([kind, title]).toEqual([kind, interfaceWords[key]]);
    }
  }
  expect(berlin.source('disk-io', 'disk-io')).toBe('Datenträgeraktivität');
  expect(berlin.source('cpu', 'script')).toBe('cpu');
});

test.each([
  [{ count: 1, critical: 0, rules: 1 }, 'One alert fired, not a critical one: “n”.', 'kein kritischer: „n“.'],
  [{ count: 1, critical: 1, rules: 2 }, 'One alert fired, a critical one: “n”.', 'ein kritischer: „n“.'],
  [
    { count: 1200, critical: 1200, rules: 1 },
    '1,200 alerts fired, all of them critical; all of “n”.',
    '1.200 Alarme haben ausgelöst, alle davon kritisch; alle von „n“.',
  ],
  [
    { count: 3, critical: 2, rules: 2 },
    '3 alerts fired, 2 of them critical; most often “n”.',
    '3 Alarme haben ausgelöst, 2 davon kritisch; am häufigsten „n“.',
  ],
])('%o is said in a sentence', (counts, ...sentences) => {
  const fired = { ...counts, name: 'n' };
  const said = [english, berlin].map(({ phrases }) => phrases.fired(fired));
  for (const [index, sentence] of sentences.entries()) expect(said[index]).toContain(sentence);
});
