import type { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import { isSecretName } from '../../base/secret-names.ts';

/** Common ways to write a comparison. */
const signs: ReadonlyMap<string, string> = new Map([
  ['>', 'greater_than'],
  ['<', 'less_than'],
  ['=', 'equals'],
  ['==', 'equals'],
  ['gt', 'greater_than'],
  ['above', 'greater_than'],
  ['over', 'greater_than'],
  ['greater', 'greater_than'],
  ['more_than', 'greater_than'],
  ['lt', 'less_than'],
  ['below', 'less_than'],
  ['under', 'less_than'],
  ['less', 'less_than'],
  ['eq', 'equals'],
  ['>=', 'greater_or_equal'],
  ['=>', 'greater_or_equal'],
  ['gte', 'greater_or_equal'],
  ['ge', 'greater_or_equal'],
  ['at_least', 'greater_or_equal'],
  ['greater_than_or_equal', 'greater_or_equal'],
  ['<=', 'less_or_equal'],
  ['=<', 'less_or_equal'],
  ['lte', 'less_or_equal'],
  ['le', 'less_or_equal'],
  ['at_most', 'less_or_equal'],
  ['less_than_or_equal', 'less_or_equal'],
  ['!=', 'not_equals'],
  ['<>', 'not_equals'],
  ['ne', 'not_equals'],
  ['not_equal', 'not_equals'],
  ['in_range', 'between'],
  ['within', 'between'],
  ['inside', 'between'],
  ['out_of_range', 'outside'],
  ['not_between', 'outside'],
  ['changes', 'changed'],
  ['same', 'unchanged'],
  ['stuck', 'unchanged'],
]);

/** Issues of a schema for a value of another type, or a missing one. */
const mismatches = new Set<string | undefined>(['invalid_type', 'invalid_value', 'invalid_union']);

/** Explains a problem in the terms of the file's author, with a suggestion if possible. */
export function explain(
  issue: z.core.$ZodIssue,
  value: unknown,
  path: readonly PropertyKey[] = issue.path,
): string {
  const described = (what: unknown) => describedAt(path, what);
  if (value === undefined && mismatches.has(issue.code)) return 'is missing';
  if (issue.code === 'invalid_type') {
    return `must be ${article(issue.expected)}, not ${described(value)}${suggestionFor(issue.expected, value, path)}`;
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const suggestion =
      typeof value === 'string' ? didYouMean(signs.get(value.toLowerCase()) ?? value, allowed) : '';
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
    record: 'keys with values',
  };
  return words[expected] ?? expected;
}

/** A longer text is more likely a token or a letter than a typing error. */
const charactersAtMost = 60;

/**
 * A value in a few words. What may be secret is not quoted: values of keys with names of secrets, long texts, and all
 * of an address except its host.
 */
export function describedAt(path: readonly PropertyKey[], value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an entry with keys';
  if (path.some((key) => typeof key === 'string' && (key === 'headers' || isSecretName(key))))
    return `this ${nameOf(value)}`;
  const text = JSON.stringify(value);
  if (text.length > charactersAtMost) return `a ${nameOf(value)} of ${text.length - 2} characters`;
  const [, scheme, host] = /^"([a-z][a-z0-9+.-]*:\/\/)(?:.*@)?([^/?#@]*)/i.exec(text) ?? [];
  if (scheme !== undefined && host !== undefined) return `"${scheme}${host.replace(/"$/, '')}…"`;
  return /:.*@/.test(text) ? `this ${nameOf(value)}` : text;
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? 'text' : typeof value;
}

/** Words that other YAML parsers take for true and false. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['true', true],
  ['no', false],
  ['off', false],
  ['false', false],
]);

function suggestionFor(expected: string, value: unknown, path: readonly PropertyKey[]): string {
  if (expected === 'boolean' && typeof value === 'string') {
    const meant = booleans.get(value.trim().toLowerCase());
    return meant === undefined ? '' : `; write ${meant}`;
  }
  if ((expected !== 'number' && expected !== 'int') || typeof value !== 'string') return '';
  const duration = durationIn(value, String(path.at(-1)));
  if (duration !== undefined) return `; write ${duration}`;
  const plain = value.trim().replace(/\s*%$/, '').replace(',', '.').replaceAll('_', '');
  return /^-?\d+(\.\d+)?$/.test(plain) ? `; write ${plain}` : '';
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The length of `5m` in the unit of its key, as a whole number; undefined for any other text. */
function durationIn(text: string, key: string): number | undefined {
  const own = key.endsWith('Seconds') ? 1 : key.endsWith('Hours') ? 3600 : undefined;
  const pattern =
    /^(\d{1,6}(?:\.\d{1,3})?)\s*(?:(s|m|h|d)|(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)(?:ou)?rs?|(d)ays?)$/i;
  const [, number, ...letters]: (string | undefined)[] = pattern.exec(text.trim()) ?? [];
  const unit = unitSeconds[letters.find((letter) => letter !== undefined)?.toLowerCase() ?? ''];
  return own === undefined || unit === undefined ? undefined : Math.ceil((Number(number) * unit) / own);
}

/** A key path as text: `rules[2].threshold`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
