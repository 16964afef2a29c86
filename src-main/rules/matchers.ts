import type { Labels } from '../contract/sample.ts';

/** Whether a text matches a pattern. */
export type Matches = (text: string) => boolean;

/**
 * Compiles a pattern: `*` matches any text, `?` any one character, a backslash escapes the next character, and `!` in
 * front negates the pattern. All other characters match themselves, so a pattern without these signs is a test for
 * equality.
 *
 * Matching backtracks only to the last `*`, so it takes at most pattern × text steps. No pattern can block the
 * evaluation of all rules, as a regular expression could.
 */
export function matcher(pattern: string): Matches {
  const isNegated = pattern.startsWith('!');
  const parts = partsOf(isNegated ? pattern.slice(1) : pattern);
  if (parts.every((part) => part !== anyText && part !== anyCharacter)) {
    const whole = parts.join('');
    return (text) => (text === whole) !== isNegated;
  }
  return (text) => fits(parts, Array.from(text)) !== isNegated;
}

/** A series matches if it has each of these labels and each value matches. It may have further labels. */
export function labelsMatcher(patterns: Readonly<Record<string, string>>): (labels: Labels) => boolean {
  const wanted = Object.entries(patterns).map(([name, pattern]) => ({ name, matches: matcher(pattern) }));
  return (labels) =>
    wanted.every(({ name, matches }) => {
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
      return value !== undefined && matches(value);
    });
}

/** A host matches if it fits one of the including patterns (or there are none) and none of the excluding ones. */
export function hostsMatcher(patterns: readonly string[]): Matches {
  // Most rules have none, and this is asked for every sample that is judged.
  if (patterns.length === 0) return everyHost;
  const taken = patterns.filter((pattern) => !pattern.startsWith('!')).map(matcher);
  const leftOut = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => matcher(pattern));
  return (host) =>
    (taken.length === 0 || taken.some((matches) => matches(host))) &&
    leftOut.every((matches) => matches(host));
}

const everyHost: Matches = () => true;

/** Tags match if one of them fits an including pattern (or there are none) and none fits an excluding one. */
export function tagsMatcher(patterns: readonly string[]): (tags: readonly string[]) => boolean {
  const taken = patterns.filter((pattern) => !pattern.startsWith('!')).map(matcher);
  const leftOut = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => matcher(pattern.slice(1)));
  return (tags) =>
    (taken.length === 0 || tags.some((tag) => taken.some((matches) => matches(tag)))) &&
    !tags.some((tag) => leftOut.some((matches) => matches(tag)));
}

const anyText = Symbol('*');
const anyCharacter = Symbol('?');
type Part = string | typeof anyText | typeof anyCharacter;

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  let escaped = false;
  for (const sign of pattern) {
    if (escaped) parts.push(sign);
    else if (sign === '*') parts.push(anyText);
    else if (sign === '?') parts.push(anyCharacter);
    else if (sign !== '\\') parts.push(sign);
    escaped = !escaped && sign === '\\';
  }
  if (escaped) parts.push('\\');
  return parts;
}

function fits(parts: readonly Part[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  /** Position after the last `*`: in the pattern, and in the text at the last attempt. */
  let retryPart = -1;
  let retryAt = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === anyText) {
      retryPart = ++part;
      retryAt = at;
    } else if (wanted !== undefined && (wanted === anyCharacter || wanted === text[at])) {
      part++;
      at++;
    } else if (retryPart >= 0) {
      part = retryPart;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (parts[part] === anyText) part++;
  return part === parts.length;
}
