import type { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';

/** What people write for a comparison by habit. */
const signs: ReadonlyMap<string, string> = new Map([
  ['>', 'greater_than'],
  ['<', 'less_than'],
  ['=', 'equals'],
  ['==', 'equals'],
]);

/** What a schema says of a value that is of another kind, or not there at all. */
const mismatches = new Set<string | undefined>(['invalid_type', 'invalid_value', 'invalid_union']);

/** Says what is wrong in the words of someone who wrote the file, with a suggestion where one is at hand. */
export function explain(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined && mismatches.has(issue.code)) return 'is missing';
  if (issue.code === 'invalid_type') {
    return `must be ${article(issue.expected)}, not ${described(value)}${suggestionFor(issue.expected, value)}`;
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const suggestion = typeof value === 'string' ? didYouMean(signs.get(value) ?? value, allowed) : '';
    return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}, not ${described(value)}.${suggestion}`.replace(
      /\.$/,
      '',
    );
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound =
      issue.code === 'too_small' ? `at least ${String(issue.minimum)}` : `at most ${String(issue.maximum)}`;
    return typeof value === 'number' ? `must be ${bound}, not ${value}` : issue.message;
  }
  return issue.message;
}

function article(expected: string): string {
  const words: Record<string, string> = {
    int: 'a whole number',
    number: 'a number',
    string: 'text',
    boolean: 'true or false',
    array: 'a list',
    object: 'an entry with keys',
  };
  return words[expected] ?? expected;
}

/** A value in a few words. */
export function described(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an entry with keys';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Words that other readers of YAML take for true and false. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['true', true],
  ['no', false],
  ['off', false],
  ['false', false],
]);

function suggestionFor(expected: string, value: unknown): string {
  if (expected === 'boolean' && typeof value === 'string') {
    const meant = booleans.get(value.trim().toLowerCase());
    return meant === undefined ? '' : `; write ${meant}`;
  }
  if ((expected !== 'number' && expected !== 'int') || typeof value !== 'string') return '';
  const plain = value.trim().replace(/\s*%$/, '').replace(',', '.').replaceAll('_', '');
  return /^-?\d+(\.\d+)?$/.test(plain) ? `; write ${plain}` : '';
}

/** A key path as text: `rules[2].threshold`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
