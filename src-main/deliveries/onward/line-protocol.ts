import type { OutgoingSample } from './sample-destination.ts';

/**
 * Samples in InfluxDB's line protocol, one line each, with times in milliseconds: the metric is the measurement, host,
 * source and labels are tags, and the value is the field `value`, always a float.
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
  // A line that starts with # is a comment.
  const measurement = escaped(metric, /[, ]/g).replace(/^#/, '_');
  return `${measurement}${written.join('')} value=${value} ${Math.trunc(at)}\n`;
}

/** Reserved tag names: `time`, InfluxDB 2's own names, and our own tags, which a label must not replace. */
const taken = new Set(['host', 'source', 'time', '_field', '_measurement', '']);

/**
 * Escapes a name so that it stays on its line and ends where it should. Characters that the protocol cannot express are
 * replaced: line ends and other control characters by a space; a backslash at the end or before an escaped character by
 * a slash, because it would escape what follows.
 */
function escaped(text: string, special: RegExp): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/\\(?=\\*(?:[,= ]|$))/g, '/')
    .replaceAll(special, '\\$&');
}
