import { expect, it } from 'vitest';
import { describedAt, explain } from './words.ts';

it.each([
  [['rules', 0, 'threshold'], 'abc', '"abc"'],
  [['sources', 0, 'headers', 'Authorization'], 'abc', 'this text'],
  [['destinations', 0, 'password'], 12345, 'this number'],
  [['destinations', 0, 'to'], 'https://u:SECRET@h.example/', '"https://h.example…"'],
  [['destinations', 0, 'to'], 'https://u:SEC/R@ET@h/x', '"https://h…"'],
  [['destinations', 0, 'to'], 'https://h.example:8080/SECRET?a', '"https://h.example:8080…"'],
  [['destinations', 0, 'to'], 'http://h', '"http://h…"'],
  [['destinations', 0, 'to'], 'u:SECRET@h', 'this text'],
  [['destinations', 0, 'to'], 'ops@example.org', '"ops@example.org"'],
  [['destinations', 0, 'to'], 'SECRET'.repeat(20), 'a text of 120 characters'],
  [['destinations', 0, 'to'], null, 'empty'],
])('describes what stands at %j without a secret', (path, value, words) => {
  expect(describedAt(path, value)).toBe(words);
});

it.each([
  ['cooldownSeconds', '5m', 300],
  ['cooldownSeconds', '1.5 hours', 5400],
  ['intervalSeconds', '10 sec', 10],
  ['intervalSeconds', '300s', 300],
  ['rawRetentionHours', '7d', 168],
])('suggests for %s %j the number %d', (key, value, number) => {
  const path = [key];
  const issue = {
    code: 'invalid_type' as const,
    expected: 'number' as const,
    path,
    message: '',
    input: value,
  };
  expect(explain(issue, value)).toBe(`must be a number, not "${value}"; write ${number}`);
});
