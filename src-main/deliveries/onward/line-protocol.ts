import type { OutgoingSample } from './sample-destination.ts';

/**
 * Samples in InfluxDB's line protocol, one line each, times in milliseconds: the metric is the measurement, host, source and
 * labels are tags, the number is the field `value`, always a float.
 */
export function linesOf(samples: readonly OutgoingSample[]): string {
  return samples.map(lineOf).join('');
}

function lineOf({ host, source, metric, labels, value, at }: OutgoingSample): string {
  const tags = new Map([
    ['host', host],
    ['source', source],
  ]);
  for (const [name, text] of Object.entries(labels)) {
    const wanted = taken.has(name) ? `label_${name}` : name;
    let free = wanted;
    for (let copy = 2; tags.has(free); copy++) free = `${wanted}_${copy}`;
    tags.set(free, text);
  }
  const written = [...tags]
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `,${escaped(name, /[,= ]/g)}=${escaped(text, /[,= ]/g)}`);
  // A line that begins with # is a comment.
  const measurement = escaped(metric, /[, ]/g).replace(/^#/, '_');
  return `${measurement}${written.join('')} value=${value} ${Math.trunc(at)}\n`;
}

/** What tags must not be called: `time`, and what InfluxDB 2 calls its own. A label named like our own tags is another thing. */
const taken = new Set(['host', 'source', 'time', '_field', '_measurement', '']);

/**
 * A name that stays on its line and ends where it should. What the protocol cannot carry at all becomes something near it: a
 * space for line ends and other control characters; a slash for a backslash at the end or before a character that is escaped,
 * because there it would escape what follows.
 */
function escaped(text: string, special: RegExp): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/\\(?=\\*(?:[,= ]|$))/g, '/')
    .replaceAll(special, '\\$&');
}
