import type { Alert } from './alert.ts';
import type { Unit } from './metric.ts';

/** A limit in the unit that gives the shortest text; `unit` is empty if there is none. */
export interface Limit {
  number: number;
  unit: string;
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const spans: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
];
/** Further digits come from floating-point arithmetic; nobody wrote them. */
const digitsWritten = 12;
const mostDecimals = 15;

/** Converts a limit to the shortest exact form: 0.001 ms, 14.4 ms, 1.5 GiB, 1 GB, 90 min. */
export function limitOfUnit(value: number, unit: Unit): Limit {
  switch (unit) {
    case 'percent':
      return { number: exact(value), unit: '%' };
    case 'celsius':
      return { number: exact(value), unit: '°C' };
    case 'bytes':
      return scaled(value, '');
    case 'bytes_per_second':
      return scaled(value, '/s');
    case 'gibibytes':
      return scaled(value * 1024 ** 3, '');
    case 'per_second':
      return { number: exact(value), unit: '/s' };
    case 'milliseconds':
      return Math.abs(value) < 1000
        ? { number: exact(value), unit: 'ms' }
        : { number: exact(value / 1000), unit: 's' };
    case 'seconds': {
      const [name, seconds] = spans.find(([, span]) => value !== 0 && value % span === 0) ?? ['s', 1];
      return { number: exact(value / seconds), unit: name };
    }
    case 'count':
    case 'none':
      return { number: exact(value), unit: '' };
  }
}

function exact(value: number): number {
  return Number(value.toPrecision(digitsWritten));
}

/** The thresholds between which, or beyond which, a value was judged: none, one or two. */
export function limitsOf({
  threshold,
  upperThreshold,
}: Pick<Alert, 'threshold' | 'upperThreshold'>): number[] {
  return [threshold, upperThreshold ?? null].filter((limit) => limit !== null);
}

/** Rounded to `decimals`, or to as many more as keep it on the side of each limit on which it is. */
export function roundedApart(value: number, decimals: number, limits: readonly number[]): number {
  for (let count = decimals; count <= mostDecimals; count++) {
    const rounded = Number(value.toFixed(count));
    if (limits.every((limit) => Math.sign(rounded - limit) === Math.sign(value - limit))) return rounded;
  }
  return value;
}

/** Of the units in which the number is at least 1: the one with the fewest digits, then the largest. */
function scaled(value: number, suffix: string): Limit {
  let best: Limit = { number: exact(value), unit: `B${suffix}` };
  for (const [step, units] of [
    [1000, decimal],
    [1024, binary],
  ] as const)
    units.forEach((unit, power) => {
      const number = value / step ** power;
      if (power === 0 || Math.abs(number) < 1 || exact(number) !== number) return;
      if (digitsOf(number) <= digitsOf(best.number)) best = { number, unit: unit + suffix };
    });
  return best;
}

function digitsOf(number: number): number {
  return String(Math.abs(number)).replace('.', '').length;
}
