import type { SentMetricsPage } from '../../contract/fleet.ts';

/** The metrics and sources that known hosts send, as choices for rules. */
export class SentMetrics {
  /** How many series have a metric, by source. */
  readonly #bySource = new Map<string, Map<string, number>>();

  /** A series was added. */
  enter(source: string, metric: string): void {
    const metrics = this.#bySource.get(source) ?? new Map<string, number>();
    this.#bySource.set(source, metrics);
    metrics.set(metric, (metrics.get(metric) ?? 0) + 1);
  }

  /** A series was removed. */
  leave(source: string, metric: string): void {
    const metrics = this.#bySource.get(source);
    const left = (metrics?.get(metric) ?? 0) - 1;
    if (left > 0) metrics?.set(metric, left);
    else metrics?.delete(metric);
    if (metrics?.size === 0) this.#bySource.delete(source);
  }

  /** The first of those whose source or metric contains all words, in order, with their total number. */
  page(text: string, limit: number): SentMetricsPage {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting: SentMetricsPage['metrics'] = [];
    for (const [source, metrics] of this.#bySource)
      for (const metric of metrics.keys()) {
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
