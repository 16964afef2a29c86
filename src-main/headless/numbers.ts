import type { Unit } from '../contract/metric.ts';

const prefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A number as people read it: one decimal for percentages, binary prefixes for bytes. */
export function valueText(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${value.toFixed(1)} %`;
    case 'bytes':
      return bytesText(value, 'B');
    case 'bytes_per_second':
      return bytesText(value, 'B/s');
    case 'gibibytes':
      return `${value.toFixed(1)} GiB`;
    case 'milliseconds':
      return `${shortest(value)} ms`;
    case 'seconds':
      return `${shortest(value)} s`;
    case 'per_second':
      return `${shortest(value)}/s`;
    case 'celsius':
      return `${value.toFixed(1)} °C`;
    case 'count':
    case 'none':
      return shortest(value);
  }
}

function bytesText(bytes: number, unit: string): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 1024 && step < prefixes.length - 1) {
    value /= 1024;
    step++;
  }
  return `${step === 0 ? String(Math.round(value)) : value.toFixed(1)} ${prefixes[step] ?? ''}${unit}`;
}

function shortest(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The age of something in the coarsest unit that fits: `12 s`, `3 min`, `2 h`, `5 d`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
