import { usage } from './arguments.ts';

/** Parses the value of a flag as a duration, such as `90m`, `2h` or `1d`. Returns minutes. Throws `usage`. */
export function minutesOf(flag: string, text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,5})\s*(m|min|h|d)$/.exec(text.trim()) ?? [];
  if (amount === '') throw usage(`${flag} takes a length such as 90m, 2h or 1d, not ${text}.`);
  return Number(amount) * (unit === 'h' ? 60 : unit === 'd' ? 24 * 60 : 1);
}
