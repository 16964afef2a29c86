import type { Labels, Series } from '../../contract/sample.ts';

/** Before every name, so that ours can be told from all others. */
const prefix = 'plimsoll_';

/** A metric as Prometheus may call it: `plimsoll_cpu_percent`. What it may not hold becomes `_`. */
export function prometheusName(metric: string): string {
  return prefix + metric.replaceAll(/[^A-Za-z0-9_:]/g, '_');
}

/**
 * The labels of a series for Prometheus, in the order of their names: host, source, and its own. A label that is called like
 * one of these two gets `exported_` before its name; of several whose names become the same the later ones get a number.
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
  // There, an empty label is the same as no label.
  return [...named].filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1));
}

function entriesOf(labels: Labels): [string, string][] {
  return Object.entries(labels)
    .map(([name, text]): [string, string] => [name, text.toWellFormed()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function labelName(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
  // What begins with two of them is Prometheus's own.
  const own = clean.replace(/^__+/, '_');
  return own === 'host' || own === 'source' ? `exported_${own}` : own;
}
