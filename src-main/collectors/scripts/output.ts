import { decimalIn } from '../../base/decimal.ts';
import { strictJsonProblem } from '../../base/strict-json.ts';
import { PlimsollError } from '../../contract/error.ts';
import { readPrometheus } from '../answers/prometheus-text.ts';
import { named } from './findings.ts';
import type { Findings } from './findings.ts';
import { looksLikeNagios, readNagios } from './nagios.ts';

export const outputFormats = ['auto', 'json', 'nagios', 'prometheus', 'number'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/**
 * Guesses the format of an output whose format is not declared: JSON starts with `{`, a number stands alone, the first
 * line of a Nagios plugin starts with its state or has performance data after a `|`, and anything else is parsed as
 * Prometheus text.
 */
export function formatOf(output: string): Exclude<OutputFormat, 'auto'> {
  const text = withoutLineEnd(output);
  if (text.trimStart().startsWith('{')) return 'json';
  if (!text.includes('\n') && decimalIn(text) !== undefined) return 'number';
  if (looksLikeNagios(text)) return 'nagios';
  return /^(?:#|[a-zA-Z_:][\w:]*(?:\{.*\})?[ \t]+\S)/m.test(text) ? 'prometheus' : 'number';
}

/**
 * Parses the output of a program that ended by itself with `code`. `stem` is the name of a single number. Throws
 * `unreadable` for output in another format, and for a code that means failure.
 */
export function readOutput(
  output: string,
  { format, code, stem, complaint }: { format: OutputFormat; code: number; stem: string; complaint: string },
): Findings {
  const found = format === 'auto' ? formatOf(output) : format;
  const isNagiosCode = code >= 0 && code <= 3;
  if (found === 'nagios' && isNagiosCode) return readNagios(output, code);
  if (code !== 0) throw unreadable(failedText(code, complaint));
  if (output.trim() === '') throw unreadable('printed nothing.');
  switch (found) {
    case 'json':
      return readJson(output, stem);
    case 'prometheus':
      return readPage(output);
    case 'number':
    case 'nagios':
      return readNumber(output, stem);
  }
}

/** The meaning of an exit code by the conventions of shells, and the beginning of stderr. */
function failedText(code: number, complaint: string): string {
  const meaning =
    code === 126
      ? ' (it could not run what it should run)'
      : code === 127
        ? ' (a program that it needs is not there)'
        : '';
  const first = complaint.trim().split('\n')[0]?.slice(0, 300) ?? '';
  return `ended with code ${code}${meaning}${first === '' ? '.' : `: ${first}`}`;
}

function readNumber(output: string, stem: string): Findings {
  const text = withoutLineEnd(output);
  const value = decimalIn(text);
  if (value !== undefined) return named([[stem, value]]);
  if (text.includes('\n'))
    throw unreadable(`printed ${text.split('\n').length} lines where one number was waited for.`);
  throw unreadable(
    `printed ${JSON.stringify(text.slice(0, 60))}, which is no number. A number has digits and a point, and stands alone.`,
  );
}

function readJson(output: string, stem: string): Findings {
  const problem = strictJsonProblem(output);
  if (problem !== undefined)
    throw unreadable(`printed no JSON: ${problem.what} at offset ${problem.offset}.`);
  const content: unknown = JSON.parse(output);
  if (typeof content === 'number') return named([[stem, content]]);
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unreadable('printed JSON that is neither a number nor an object of numbers by name.');
  const entries = Object.entries(content);
  return named(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    entries.filter(([, value]) => typeof value !== 'number').map(([name, value]) => [name, notNumber(value)]),
  );
}

function notNumber(value: unknown): string {
  if (value === null) return 'is null';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is an object; numbers stand in one flat object';
  return `is ${JSON.stringify(value).slice(0, 60)}, which is no number`;
}

function readPage(output: string): Findings {
  const { samples, problem } = readPrometheus(output, () => true);
  if (problem === null) return { samples, leftOut: [] };
  const more = problem.count - 1;
  const line: readonly [string, string] = [`line ${problem.line}`, problem.why];
  return { samples, leftOut: [line, ...Array.from({ length: more }, () => line)] };
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function unreadable(message: string): PlimsollError {
  return new PlimsollError('unreadable', message);
}
