import type { Series } from '../contract/sample.ts';

/** Control characters and marks of writing direction, which are invisible or change how the surrounding text reads. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/** Foreign text as one harmless line of at most `most` characters. */
export function oneLine(text: string, most = 120): string {
  const line = text.toWellFormed().replace(unseen, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`;
}

/** The same, escaped for markup, as text or as a quoted attribute. */
export function escaped(text: string, most?: number): string {
  const marks: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return oneLine(text, most).replace(/[&<>"']/g, (mark) => marks[mark] ?? '');
}

/** Distinguishes a series from others of the same metric: its labels, or the metric if it has none. */
export function seriesName({ metric, labels }: Pick<Series, 'metric' | 'labels'>): string {
  const values = Object.values(labels);
  return values.length === 0 ? metric : values.join(', ');
}
