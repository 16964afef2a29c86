import type { Rule } from '../../contract/rule.ts';
import type { Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';
import { usualLines } from '../../rules/baseline.ts';
import { trendPerDay } from '../../rules/forecast.ts';
import type { Known } from '../../rules/watched.ts';
import { daysAsked } from './past-questions.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const quarterMs = 900_000;
const nothing: Known = { perDay: NaN, usual: null };

/** The values of a series by quarter of an hour, in order of time. */
export class PastQuarters {
  readonly #at: number[] = [];
  readonly #min: number[] = [];
  readonly #max: number[] = [];
  readonly #avg: number[] = [];
  #count = 0;

  /** Adds a sample that is not older than the last one; NaN is ignored. */
  enter(at: number, value: number): void {
    if (Number.isNaN(value)) return;
    const begins = Math.floor(at / quarterMs) * quarterMs;
    const last = this.#at.length - 1;
    if (this.#at[last] !== begins) {
      this.#at.push(begins);
      this.#min.push(value);
      this.#max.push(value);
      this.#avg.push(value);
      this.#count = 1;
      return;
    }
    const average = this.#avg[last] ?? value;
    this.#count++;
    this.#min[last] = Math.min(this.#min[last] ?? value, value);
    this.#max[last] = Math.max(this.#max[last] ?? value, value);
    this.#avg[last] = average + (value - average) / this.#count;
  }

  /** What a rule learns from the quarters that began at `from` or later and had ended by `to`, epoch milliseconds. */
  learned(rule: Rule, from: number, to: number): Known {
    const first = this.#at.findIndex((at) => at >= from);
    if (first < 0) return nothing;
    const after = this.#at.findIndex((at) => at + quarterMs > to);
    const part = (list: readonly number[]) => list.slice(first, after < 0 ? undefined : after);
    const at = part(this.#at);
    const { forecast, baseline } = rule;
    return {
      perDay: forecast === undefined ? NaN : trendPerDay({ at, values: part(this.#avg) }, forecast.overDays),
      usual:
        baseline === undefined ? null : usualLines(rule, { at, min: part(this.#min), max: part(this.#max) }),
    };
  }
}

/**
 * What the history would have answered about each series at a time, for a back-test; null for a rule that does not use
 * the past. The usual range is learned each hour as in operation; a trend over days takes milliseconds to compute and
 * hardly changes in six hours.
 */
export function knownFrom(
  rule: Rule,
  pasts: ReadonlyMap<string, PastQuarters>,
): ((series: Series, at: number) => Known) | null {
  const days = daysAsked(rule);
  if (days === null) return null;
  const learned = new Map<string, { at: number; known: Known }>();
  const againAfterMs = rule.forecast === undefined ? hourMs : 6 * hourMs;
  return (series, at) => {
    const key = seriesKey(series);
    const before = learned.get(key);
    if (before !== undefined && at < before.at + againAfterMs) return before.known;
    const known = pasts.get(key)?.learned(rule, at - days * dayMs, at) ?? nothing;
    learned.set(key, { at, known });
    return known;
  };
}
