import type { SentMetricsPage } from '../../contract/fleet.ts';

/** Which metrics of which sources hosts have sent since this hub was started, to choose from. */
export class SentMetrics {
  readonly #bySource = new Map<string, Set<string>>();

  enter(source: string, metric: string): void {
    const metrics = this.#bySource.get(source);
    if (metrics === undefined) this.#bySource.set(source, new Set([metric]));
    else metrics.add(metric);
  }

  /** The first of those that have all words in their source or metric, in order, with how many there are. */
  page(text: string, limit: number): SentMetricsPage {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting: SentMetricsPage['metrics'] = [];
    for (const [source, metrics] of this.#bySource)
      for (const metric of metrics) {
        const named = `${source} ${metric}`.toLowerCase();
        if (words.every((word) => named.includes(word))) fitting.push({ source, metric });
      }
    fitting.sort((a, b) => compare(a.source, b.source) || compare(a.metric, b.metric));
    return { metrics: fitting.slice(0, limit), total: fitting.length };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
