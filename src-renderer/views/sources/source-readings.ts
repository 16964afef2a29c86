import type { Alert } from '../../../src-main/contract/alert.ts';
import type { Sample } from '../../../src-main/contract/sample.ts';
import { seriesKey } from '../../../src-main/contract/series-key.ts';
import type { SourceHealth, Status } from '../../../src-main/contract/status.ts';
import { primaryMetric } from '../../state/words.ts';

export interface ShownValue {
  sample: Sample;
  /** The worst alert that fires on it; null when none does. */
  alert: Alert | null;
}

/** A status by source, so that three hundred cards do not each search the whole of it. */
export class SourceReadings {
  readonly #health: ReadonlyMap<string, SourceHealth>;
  readonly #samples: ReadonlyMap<string, Sample[]>;
  readonly #alerts = new Map<string, Alert>();

  constructor(status: Status | null) {
    this.#health = new Map(status?.sources.map((health) => [health.source, health]));
    this.#samples = Map.groupBy(status?.latest ?? [], ({ source }) => source);
    // They come worst first.
    for (const alert of status?.alerts ?? []) {
      const key = seriesKey(alert.series);
      if (!this.#alerts.has(key)) this.#alerts.set(key, alert);
    }
  }

  health(source: string): SourceHealth | undefined {
    return this.#health.get(source);
  }

  /**
   * The newest values of a source: crossed ones first, critical before warning, then the one that
   * stands for its kind, then those of the whole before those of its parts, such as single cores.
   */
  values(source: string): ShownValue[] {
    const samples = this.#samples.get(source) ?? [];
    const primary = primaryMetric(this.#health.get(source)?.kind);
    const shown = samples.map((sample) => ({ sample, alert: this.#alerts.get(seriesKey(sample)) ?? null }));
    const rank = ({ sample, alert }: ShownValue): number => {
      if (alert !== null) return alert.severity === 'critical' ? 0 : 1;
      if (sample.metric === primary) return 2;
      return Object.keys(sample.labels).length === 0 ? 3 : 4;
    };
    return shown.sort((a, b) => rank(a) - rank(b));
  }
}
