import { m } from '../paraglide/messages.js';
import type { Span } from './spans.ts';
import { currentFormat } from './words.ts';

/** `15 minutes`, `1 hour`, `Until tomorrow, 8:00 AM`, `Until it is over`. */
export function spanTitle(span: Span | 'resolved'): string {
  if (span === 'resolved') return m.until_resolved();
  const format = currentFormat();
  if (span === 'tomorrow') return m.until_tomorrow({ time: format.clock(new Date(2027, 0, 1, 8).getTime()) });
  return format.minutes(span);
}
