import { violationsAtMost } from './limits.ts';
import type { Answer } from './session.ts';

const pairsAtMost = 300;
const textAtMost = 1000;

/**
 * Checks what the process of a script said, which may be anything. Undefined if it is not an answer, or larger than a
 * genuine answer can be.
 */
export function answerFrom(said: unknown): Answer | undefined {
  if (!isEntry(said)) return undefined;
  if (said['type'] === 'failed') {
    const message = said['message'];
    return isText(message) ? { type: 'failed', message } : undefined;
  }
  const { type, collected, leftOut, violations } = said;
  if (type !== 'collected' || !isPairs(collected, Number.isFinite) || !isPairs(leftOut, isText))
    return undefined;
  if (violations === undefined) return { type, collected, leftOut } as Answer;
  if (!isPairs(violations, isLevel, violationsAtMost)) return undefined;
  return { type, collected, leftOut, violations } as Answer;
}

function isEntry(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLevel(value: unknown): boolean {
  return value === 1 || value === 2;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textAtMost;
}

function isPairs(value: unknown, isSecond: (second: unknown) => boolean, atMost = pairsAtMost): boolean {
  return (
    Array.isArray(value) &&
    value.length <= atMost &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && isSecond(pair[1]))
  );
}
