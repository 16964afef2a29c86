import type { Labels, Reading } from '../contract/sample.ts';
import { labelsKey } from '../contract/series-key.ts';
import type { Operand } from './conditions.ts';
import { isGap } from './evaluate.ts';
import type { PreparedRule } from './prepare.ts';

/** The interval of a source of a host, in milliseconds; 0 where it is not known. */
type IntervalOf = (host: string, source: string) => number;

interface Value {
  value: number;
  monotonic: number;
}

/**
 * The last values of the metrics that rules ask for besides their own. A value that is older than the gap which would end
 * a row of violations is not known any more.
 */
export class CurrentValues {
  #asked = new Set<string>();
  /** By what is asked for, then by labels and host. */
  readonly #values = new Map<string, Map<string, Value>>();
  #intervalOf: IntervalOf = () => 0;

  /** Keeps from now on what these rules ask for. */
  configure(rules: Iterable<PreparedRule>, intervalOf: IntervalOf): void {
    this.#intervalOf = intervalOf;
    this.#asked = new Set();
    for (const { rule, operands } of rules)
      for (const { source, metric } of operands) this.#asked.add(askedKey(source ?? rule.source, metric));
    for (const key of this.#values.keys()) if (!this.#asked.has(key)) this.#values.delete(key);
  }

  enter(reading: Reading, monotonic: number): void {
    if (this.#asked.size === 0) return;
    for (const { metric, labels, value } of reading.samples) {
      const asked = askedKey(reading.source, metric);
      if (!this.#asked.has(asked)) continue;
      let series = this.#values.get(asked);
      if (series === undefined) this.#values.set(asked, (series = new Map<string, Value>()));
      series.set(seriesKey(labels, reading.host), { value, monotonic });
    }
  }

  /** NaN while it is not known. Without labels of its own an operand is of the same series as the sample, or of none. */
  find(rule: PreparedRule, operand: Operand, host: string, labels: Labels, monotonic: number): number {
    const source = operand.source ?? rule.rule.source;
    const series = this.#values.get(askedKey(source, operand.metric));
    if (series === undefined) return NaN;
    const found =
      operand.labels === null
        ? (series.get(seriesKey(labels, host)) ?? series.get(seriesKey({}, host)))
        : series.get(seriesKey(operand.labels, host));
    if (found === undefined || isGap(monotonic - found.monotonic, this.#intervalOf(host, source))) return NaN;
    return found.value;
  }

  /** Nothing is known any more, as after a start. */
  forget(): void {
    this.#values.clear();
  }

  /** Forgets labelled series that have sent nothing for long: programs and interfaces come and go. */
  sweep(monotonic: number, afterMs: number): void {
    for (const series of this.#values.values())
      for (const [key, { monotonic: seen }] of series)
        if (!key.startsWith('\n') && monotonic - seen > afterMs) series.delete(key);
  }
}

function askedKey(source: string, metric: string): string {
  return JSON.stringify([source, metric]);
}

/** Labels as text hold no line feed, so that nothing can be mistaken for something else. */
function seriesKey(labels: Labels, host: string): string {
  return `${labelsKey(labels)}\n${host}`;
}
