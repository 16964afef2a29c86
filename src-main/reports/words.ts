import type { Series } from '../contract/sample.ts';

/** What could change how the text around it reads, or can not be shown: controls and marks of writing direction. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/** Text of others as one harmless line, at most `most` characters of it. */
export function oneLine(text: string, most = 120): string {
  const line = text.toWellFormed().replace(unseen, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`;
}

/** The same inside of markup, as text or as a quoted attribute. */
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

/** What tells a series from its sisters: its labels, or its metric where it has none. */
export function seriesName({ metric, labels }: Pick<Series, 'metric' | 'labels'>): string {
  const values = Object.values(labels);
  return values.length === 0 ? metric : values.join(', ');
}
