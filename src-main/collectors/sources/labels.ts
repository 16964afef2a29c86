import type { MetricDefinition } from '../../contract/metric.ts';
import type { Measurement } from '../../contract/sample.ts';

/**
 * How many series with labels one source may have: a machine with thousands of interfaces must not fill the history.
 */
export const mostLabelledSeries = 256;

const longestLabel = 200;

/**
 * Makes text from outside (a process, a mount, an interface) safe as the value of a label: at most 200 characters, none
 * of which control a terminal or the direction of text.
 */
export function labelText(text: string): string {
  const short = text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text;
  return short
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/**
 * Makes labels with this name from texts from outside, and returns the same object for the same text each time.
 * Checking a text takes longer than reading most numbers, and samples that share a label object are known to belong to
 * the same series.
 */
export function labelsBy<Name extends string>(name: Name): (text: string) => Record<Name, string> {
  const known = new Map<string, Record<Name, string>>();
  return (text) => {
    let labels = known.get(text);
    if (labels === undefined) {
      if (known.size >= mostLabelledSeries) known.clear();
      labels = { [name]: labelText(text) } as Record<Name, string>;
      known.set(text, labels);
    }
    return labels;
  };
}

/**
 * Selects the items that may have series, in their order: as many as fit, with `seriesEach` series each. The heaviest
 * stay. A weight should be a total since boot rather than the current activity, so that the selection is stable from
 * sample to sample.
 */
export function withinBound<Item>(
  items: readonly Item[],
  seriesEach: number,
  weight: (item: Item) => number,
): { kept: readonly Item[]; leftOut: Measurement[] } {
  const most = Math.floor(mostLabelledSeries / seriesEach);
  if (items.length <= most) return { kept: items, leftOut: [] };
  const heaviest = new Set([...items].sort((a, b) => weight(b) - weight(a)).slice(0, most));
  return {
    kept: items.filter((item) => heaviest.has(item)),
    leftOut: [leftOutSample((items.length - most) * seriesEach)],
  };
}

export function leftOutSample(series: number): Measurement {
  return { metric: 'series_left_out', labels: {}, value: series };
}

/** Declared by every kind with a limit on its series, so that none goes missing silently. */
export const leftOutMetric: Record<'series_left_out', MetricDefinition> = {
  series_left_out: {
    title: 'Series left out',
    unit: 'count',
    help: `Only while there are more than ${mostLabelledSeries} series with labels in one source: how many are not kept. The busiest since the machine was started are.`,
  },
};
