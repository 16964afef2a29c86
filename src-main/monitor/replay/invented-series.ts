/** A problem in the text of invented values: position, from 1, and reason. */
export interface ValuesProblem {
  column: number;
  message: string;
}

/** A value, a missing sample, or the end of all samples of its source. */
export type Invented = number | 'missing' | 'stale';

const number = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?`;
const repeated = new RegExp(`^(${number})(?:x(\\d+))?$`);
const stepped = new RegExp(`^(${number})([-+](?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d+)?)x(\\d+)$`);
const missing = /^_(?:x(\d+))?$/;

/** A month with one sample per second: more is a typing error. */
export const valuesAtMost = 3_000_000;

/**
 * Parses the values of an invented series, separated by spaces or lines: numbers, `80x12` for twelve times 80, `0+10x5`
 * for 0 10 20 30 40, `_` for a missing sample, `_x3` for three of them, and `stale` for a source that sends nothing
 * from then on.
 */
export function readInvented(text: string): Invented[] | ValuesProblem {
  const values: Invented[] = [];
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const problem = (message: string): ValuesProblem => ({ column: index + 1, message });
    if (values.at(-1) === 'stale') return problem(`${word} comes after stale, which is the end`);
    const read = readWord(word);
    if (typeof read === 'string') return problem(read);
    if (values.length + read.count > valuesAtMost) return problem(`more than ${valuesAtMost} values`);
    const { first, step, count } = read;
    for (let index = 0; index < count; index++)
      values.push(typeof first === 'number' && step !== 0 ? exact(first + index * step) : first);
  }
  return values.length === 0 ? { column: 1, message: 'there are no values' } : values;
}

interface Word {
  first: Invented;
  step: number;
  count: number;
}

function readWord(word: string): Word | string {
  if (word === 'stale') return { first: 'stale', step: 0, count: 1 };
  const gap = missing.exec(word);
  if (gap !== null) return counted('missing', 0, gap[1], word);
  const [, value, times] = repeated.exec(word) ?? [];
  if (value !== undefined) return counted(Number(value), 0, times, word);
  const [, first, step, count] = stepped.exec(word) ?? [];
  if (first !== undefined) return counted(Number(first), Number(step), count, word);
  return `${word} is no value; write a number, 80x12, 0+10x5, _ or stale`;
}

function counted(first: Invented, step: number, count: string | undefined, word: string): Word | string {
  const times = count === undefined ? 1 : Number(count);
  return times > 0 ? { first, step, count: times } : `${word} stands for no value at all`;
}

/** The author expects 0.1 × 3 to be 0.3. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
