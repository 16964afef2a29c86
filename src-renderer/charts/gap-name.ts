import { m } from '../paraglide/messages.js';
import type { NamedGap } from './scene.ts';

const names = { asleep: m.explore_asleep, off: m.explore_off, no_data: m.chart_no_data };

/** Label of a gap in the reader's language. */
export function gapName(why: NamedGap['why']): string {
  return names[why]();
}
