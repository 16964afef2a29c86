import type { Labels, Series } from '../../contract/sample.ts';

/** The prefix that distinguishes our metrics from all others. */
const prefix = 'plimsoll_';

/** A metric's name in Prometheus: `plimsoll_cpu_percent`. Invalid characters become `_`. */
export function prometheusName(metric: string): string {
  return prefix + metric.replaceAll(/[^A-Za-z0-9_:]/g, '_');
}

/**
 * The labels of a series in Prometheus, sorted by name: host, source, and its own. A label with one of these two names
 * gets the prefix `exported_`; of several labels whose names become the same, the later ones get a number.
 */
export function prometheusLabels({
  host,
  source,
  labels,
}: Pick<Series, 'host' | 'source' | 'labels'>): [string, string][] {
  const named = new Map([
    ['host', host],
    ['source', source],
  ]);
  for (const [name, text] of entriesOf(labels)) {
    const wanted = labelName(name);
    let free = wanted;
    for (let copy = 2; named.has(free); copy++) free = `${wanted}_${copy}`;
    named.set(free, text);
  }
  // In Prometheus an empty label equals no label.
  return [...named].filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1));
}

function entriesOf(labels: Labels): [string, string][] {
  return Object.entries(labels)
    .map(([name, text]): [string, string] => [name, text.toWellFormed()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function labelName(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
  // Names that start with two underscores are reserved by Prometheus.
  const own = clean.replace(/^__+/, '_');
  return own === 'host' || own === 'source' ? `exported_${own}` : own;
}
