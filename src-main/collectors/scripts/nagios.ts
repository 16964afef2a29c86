import { decimalIn } from '../../base/decimal.ts';
import { named } from './findings.ts';
import type { Findings } from './findings.ts';

/** The metric of a plugin's exit code: 0 OK, 1 warning, 2 critical, 3 unknown. */
export const stateMetric = 'state';

const stateWord = /^\s*(?:[\w/.-]+\s+){0,3}(?:OK|WARNING|WARN|CRITICAL|UNKNOWN)\b\s*(?:[-:;|]|$)/;

/** Whether the first line looks like a plugin's: a state, or performance data after a `|`. */
export function looksLikeNagios(text: string): boolean {
  const [first = ''] = text.split('\n');
  return stateWord.test(first) || /\|\s*(?:'[^']+'|[^\s='|]+)=[-+0-9.U]/.test(first);
}

/**
 * Parses the output of a plugin (Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data"):
 * performance data follows a `|` in the first line, and the next `|` up to the end. Values are taken as they are,
 * without converting units; `U` is a value that the plugin could not determine, and is left out. The text for people is
 * ignored.
 */
export function readNagios(output: string, code: number): Findings {
  const [first = '', ...rest] = output.split('\n');
  const long = rest.join('\n');
  const data = [behindBar(first), behindBar(long)].join(' ');
  const pairs: (readonly [string, number])[] = [[stateMetric, code]];
  const leftOut: (readonly [string, string])[] = [];
  for (const [, quoted, bare, written = ''] of data.matchAll(item)) {
    const label = quoted?.replaceAll("''", "'") ?? bare ?? '';
    const value = written.split(';')[0] ?? '';
    if (value === 'U') continue;
    const [, numeral = '', unit = ''] = /^([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)([^0-9].*)?$/.exec(value) ?? [];
    const number = /^(?:[a-zA-Zµ]{1,3}|%)?$/.test(unit) ? decimalIn(numeral) : undefined;
    if (label === stateMetric) leftOut.push([label, 'is the name of the exit code']);
    else if (number === undefined)
      leftOut.push([label, `is ${JSON.stringify(value.slice(0, 60))}, which is no number`]);
    else pairs.push([label, number]);
  }
  return named(pairs, leftOut);
}

/** `label=value`. A label that contains blanks is quoted; a quote in it is doubled. */
const item = /(?<=^|\s)(?:'((?:[^']|'')+)'|([^\s=']+))=(\S*)/g;

function behindBar(text: string): string {
  const bar = text.indexOf('|');
  return bar < 0 ? '' : text.slice(bar + 1);
}
