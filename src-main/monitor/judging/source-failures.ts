import type { Reading } from '../../contract/sample.ts';

/** The moment of a reading, on both clocks. */
interface Since {
  at: number;
  monotonic: number;
}

interface Failing {
  since: Since;
  /** When it last sent a metric all the same. */
  sent: Map<string, Since>;
}

/** Which sources fail, by source and host, and when each last did not. */
export class SourceFailures {
  readonly #failing = new Map<string, Map<string, Failing>>();
  readonly #worked = new Map<string, Map<string, number>>();
  /** When this machine last had no network to ask them through, on the monotonic clock. */
  readonly #cutOff = new Map<string, Map<string, number>>();
  /** Sources that are sampled, as they are set. */
  #sampled = new Map<string, string>();

  /** Takes over the sources that are sampled. What is known of one that is gone or was set otherwise is of no account. */
  configure(sampled: ReadonlyMap<string, unknown>): void {
    const before = this.#sampled;
    this.#sampled = new Map([...sampled].map(([name, source]) => [name, JSON.stringify(source)]));
    for (const known of [this.#failing, this.#worked, this.#cutOff])
      for (const name of known.keys()) if (before.get(name) !== this.#sampled.get(name)) known.delete(name);
  }

  enter({ host, source, at, samples, error }: Reading, monotonic: number): void {
    if (error?.code === 'network_down') {
      // Whether it fails still is not known: it may begin anew, as silence does.
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

  /** From when on a source has failed to send a metric; null while it does not fail. */
  since(host: string, source: string, metric: string): Since | null {
    const failing = this.#failing.get(source)?.get(host);
    return failing === undefined ? null : (failing.sent.get(metric) ?? failing.since);
  }

  /** When this machine last had no network to ask it through, on the monotonic clock; NaN where that was never so. */
  cutOff(host: string, source: string): number {
    return this.#cutOff.get(source)?.get(host) ?? NaN;
  }

  /** When its last reading without an error was, on the monotonic clock; -Infinity where none is known. */
  worked(host: string, source: string): number {
    return this.#worked.get(source)?.get(host) ?? -Infinity;
  }
}

function of<T>(known: Map<string, Map<string, T>>, source: string): Map<string, T> {
  let byHost = known.get(source);
  if (byHost === undefined) known.set(source, (byHost = new Map<string, T>()));
  return byHost;
}
