import type { Reading } from '../../contract/sample.ts';

/** The time of a reading, on both clocks. */
interface Since {
  at: number;
  monotonic: number;
}

interface Failing {
  since: Since;
  /** When it last returned a metric despite the failure. */
  sent: Map<string, Since>;
}

/** Which sources fail, by source and host, and when each last worked. */
export class SourceFailures {
  readonly #failing = new Map<string, Map<string, Failing>>();
  readonly #worked = new Map<string, Map<string, number>>();
  /** When this machine last had no network to reach them, on the monotonic clock. */
  readonly #cutOff = new Map<string, Map<string, number>>();
  /** The sampled sources, with their settings. */
  #sampled = new Map<string, string>();

  /** Sets the sampled sources. The state of one that was removed or changed is dropped. */
  configure(sampled: ReadonlyMap<string, unknown>): void {
    const before = this.#sampled;
    this.#sampled = new Map([...sampled].map(([name, source]) => [name, JSON.stringify(source)]));
    for (const known of [this.#failing, this.#worked, this.#cutOff])
      for (const name of known.keys()) if (before.get(name) !== this.#sampled.get(name)) known.delete(name);
  }

  enter({ host, source, at, samples, error }: Reading, monotonic: number): void {
    if (error?.code === 'network_down') {
      // Whether it still fails is unknown: counting may start anew, as for silence.
      this.#failing.get(source)?.delete(host);
      of(this.#cutOff, source).set(host, monotonic);
      return;
    }
    if (error === null) {
      this.#failing.get(source)?.delete(host);
      of(this.#worked, source).set(host, monotonic);
      return;
    }
    const byHost = of(this.#failing, source);
    const now = { at, monotonic };
    let failing = byHost.get(host);
    if (failing === undefined) byHost.set(host, (failing = { since: now, sent: new Map<string, Since>() }));
    for (const { metric } of samples) failing.sent.set(metric, now);
  }

  /** Since when a source has failed to return a metric; null while it does not fail. */
  since(host: string, source: string, metric: string): Since | null {
    const failing = this.#failing.get(source)?.get(host);
    return failing === undefined ? null : (failing.sent.get(metric) ?? failing.since);
  }

  /** When this machine last had no network to reach it, on the monotonic clock; NaN if never. */
  cutOff(host: string, source: string): number {
    return this.#cutOff.get(source)?.get(host) ?? NaN;
  }

  /** The time of its last reading without an error, on the monotonic clock; -Infinity if unknown. */
  worked(host: string, source: string): number {
    return this.#worked.get(source)?.get(host) ?? -Infinity;
  }
}

function of<T>(known: Map<string, Map<string, T>>, source: string): Map<string, T> {
  let byHost = known.get(source);
  if (byHost === undefined) known.set(source, (byHost = new Map<string, T>()));
  return byHost;
}
