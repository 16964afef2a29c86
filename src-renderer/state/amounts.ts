import type { Unit } from '../../src-main/contract/metric.ts';
import type { Format } from './format.ts';
import { parseNumber } from './numbers.ts';
import type { ParsedNumber } from './numbers.ts';

/** Unit names as typed, in lower case, each with its factor to the metric's own unit. */
type Scale = Readonly<Record<string, number>>;

const bytes: Scale = Object.fromEntries([
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p', 'e'].flatMap((letter, power) => [
    [`${letter}b`, 1000 ** (power + 1)],
    [`${letter}ib`, 1024 ** (power + 1)],
  ]),
]) as Scale;
const seconds: Scale = {
  ...names(1, 's', 'sec', 'second', 'seconds', 'sek', 'sekunde', 'sekunden'),
  ...names(60, 'm', 'min', 'mins', 'minute', 'minutes', 'minuten'),
  ...names(3600, 'h', 'hour', 'hours', 'std', 'stunde', 'stunden'),
  ...names(86_400, 'd', 'day', 'days', 't', 'tag', 'tage', 'tagen'),
};
const scales: Record<Unit, Scale> = {
  percent: { '%': 1 },
  celsius: { '°c': 1, '°': 1, c: 1 },
  per_second: { '/s': 1 },
  count: {},
  none: {},
  bytes,
  gibibytes: bytes,
  bytes_per_second: { ...bytes, ...suffixed(bytes, '/s') },
  seconds: { ms: 0.001, ...seconds },
  milliseconds: {
    ms: 1,
    ...Object.fromEntries(Object.entries(seconds).map(([name, of]) => [name, of * 1000])),
  },
};
/** The default unit of a number that is typed without one. */
const usual: Partial<Record<Unit, string>> = {
  bytes: 'MiB',
  gibibytes: 'GiB',
  bytes_per_second: 'kB/s',
  seconds: 's',
  milliseconds: 'ms',
};
const fixed: Partial<Record<Unit, string>> = { percent: '%', celsius: '°C', per_second: '/s' };

/** Whether amounts are written in units of different sizes, such as MiB and GiB, which can be typed too. */
export function hasSizes(unit: Unit): boolean {
  return usual[unit] !== undefined;
}

/** An amount for an input field, with its unit if several are possible. */
export function amountText(value: number, unit: Unit, format: Format): string {
  if (hasSizes(unit)) return format.limit(value, unit).replaceAll('\u00a0', ' ');
  return new Intl.NumberFormat(format.locale, { maximumFractionDigits: 12, useGrouping: false }).format(
    value,
  );
}

/** The unit of a number typed without one: that of the previous amount, or the default, but never plain bytes. */
export function bareUnit(before: number | null, unit: Unit, format: Format, otherwise = usual[unit]): string {
  if (!hasSizes(unit)) return fixed[unit] ?? '';
  const said = before === null || before === 0 ? '' : (format.limit(before, unit).split('\u00a0')[1] ?? '');
  return said === '' || said === 'B' || said === 'B/s' ? (otherwise ?? '') : said;
}

/** Whether a text contains a unit. */
export function saysUnit(text: string): boolean {
  return /[\p{L}%°/]/u.test(text);
}

/** Whether a text ends in the beginning of a unit, such as `2 Gi`: whoever types it is not to be told that it is wrong. */
export function isUnfinished(text: string, unit: Unit): boolean {
  const begun = /\d\s*([\p{L}°]+)$/u.exec(text)?.[1]?.toLowerCase();
  return begun !== undefined && Object.keys(scales[unit]).some((name) => name.startsWith(begun));
}

/**
 * Parses a typed amount to the metric's own unit: `2 GiB`, `500 MB`, `80 %`, `1 h 30 min`. A number without a unit is in
 * `bare`. Incomplete amounts and units of another quantity are refused.
 */
export function parseAmount(text: string, unit: Unit, bare: string, locale: string): ParsedNumber {
  if (!saysUnit(text)) {
    const number = parseNumber(text, locale);
    return number.ok ? held(number.value * factorOf(bare, unit), unit) : number;
  }
  const parts = [...text.matchAll(/\s*([^\p{L}%°/]*)([\p{L}%°/]+)\.?/gu)];
  const isWhole = parts.reduce((length, [part]) => length + part.length, 0) === text.trimEnd().length;
  // Only durations can have several parts.
  if (!isWhole || (parts.length > 1 && scales[unit]['min'] === undefined))
    return { ok: false, problem: 'not_a_number' };
  let sum = 0;
  for (const [, written = '', name = ''] of parts) {
    const number = parseNumber(written, locale);
    const factor = scales[unit][name.toLowerCase()];
    const isPart = number.ok && factor !== undefined && (parts.length === 1 || number.value >= 0);
    if (!isPart)
      return {
        ok: false,
        problem: number.ok || number.problem === 'empty' ? 'not_a_number' : number.problem,
      };
    sum += number.value * factor;
  }
  return held(sum, unit);
}

function factorOf(name: string, unit: Unit): number {
  return scales[unit][name.toLowerCase()] ?? 1;
}

/** Rounds away the digits of floating-point arithmetic, and refuses amounts that cannot be stored exactly. */
function held(amount: number, unit: Unit): ParsedNumber {
  const rounded = Number.isSafeInteger(amount) ? amount : Number(amount.toPrecision(15));
  if (Math.abs(rounded) > Number.MAX_SAFE_INTEGER) return { ok: false, problem: 'too_large' };
  return { ok: true, value: unit === 'gibibytes' ? rounded / 1024 ** 3 : rounded };
}

function names(factor: number, ...all: string[]): Scale {
  return Object.fromEntries(all.map((name) => [name, factor]));
}

function suffixed(scale: Scale, suffix: string): Scale {
  return Object.fromEntries(Object.entries(scale).map(([name, factor]) => [name + suffix, factor]));
}
