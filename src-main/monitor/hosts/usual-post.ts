import { mostAheadMs, oldestAt } from '../../contract/ingest.ts';
import { unitNamed } from '../../contract/metric.ts';
import type { Measurement, Reading } from '../../contract/sample.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { renew, seriesName } from './hosts.ts';
import type { Hosts, KnownHost, Newest } from './hosts.ts';
import type { PostedColumns, PostedSeries } from './ingest.ts';
import { hasWhole, largerThanWhole, plausibleRange } from './plausible.ts';

/** How many sources and times one post may have here; a post with more takes the normal path. */
const partsAtMost = 64;

/** The samples of one source and time in a post. */
export interface UsualPart {
  reading: Reading;
  /** The index of each of its samples in the post. */
  places: number[];
}

/**
 * What is known about the series of a host's post, for its next posts with the same series: where their latest samples
 * are, and which values are plausible. Checking each sample separately costs more than storing it.
 *
 * It is a fast path for posts in which `Ingest` would accept every sample without a remark; in any other case it
 * declines.
 */
export class UsualPost {
  readonly #known: KnownHost;
  readonly #series: readonly PostedSeries[];
  readonly #newest: readonly Newest[];
  /** The series of each sample as a number: equal numbers mean the same series. */
  readonly #ids: Int32Array;
  readonly #lowest: Float64Array;
  readonly #highest: Float64Array;
  readonly #hasWhole: boolean;
  /** The sender's data that this was computed from; other data may lead to other results. */
  readonly #forgotten: number;
  readonly #sources: KnownHost['row']['sources'];
  readonly #units: KnownHost['row']['units'];

  private constructor(known: KnownHost, series: readonly PostedSeries[], names: string[], newest: Newest[]) {
    this.#known = known;
    this.#series = series;
    this.#newest = newest;
    const ids = new Map([...new Set(names)].map((name, id) => [name, id]));
    this.#ids = Int32Array.from(names, (name) => ids.get(name) ?? -1);
    this.#lowest = new Float64Array(series.length);
    this.#highest = new Float64Array(series.length);
    this.#hasWhole = series.some(({ metric }) => hasWhole(metric));
    this.#forgotten = known.forgotten;
    this.#sources = known.row.sources;
    this.#units = known.row.units;
  }

  /** For a post that was stored; undefined if something in it has to be checked each time. */
  static of(hosts: Hosts, known: KnownHost, series: readonly PostedSeries[]): UsualPost | undefined {
    const names = series.map(({ source, metric, labels }) => seriesName(source, metric, labels));
    const newest: Newest[] = [];
    for (const [place, { source, metric, unit }] of series.entries()) {
      const entry = known.series.get(names[place] ?? '');
      if (entry === null || entry === undefined) return undefined;
      if (source === ownSource && metric === hostUpMetric) return undefined;
      if (unit !== undefined && known.row.units[source]?.[metric] !== unit) return undefined;
      newest.push(entry);
    }
    const usual = new UsualPost(known, series, names, newest);
    for (const [place, { source, metric, unit }] of series.entries()) {
      const definition = hosts.definitionOf(known, source, metric);
      const named = unit === undefined ? (definition?.unit ?? 'none') : unitNamed(unit);
      const range = plausibleRange(named, definition?.full);
      usual.#lowest[place] = range.lowest;
      usual.#highest[place] = range.highest;
    }
    return usual;
  }

  /** The samples by source and time, in order of time. Undefined if one of them may need a remark. */
  parts(known: KnownHost, { values, ats }: PostedColumns, receivedAt: number): UsualPart[] | undefined {
    if (!this.holdsFor(known)) return undefined;
    const series = this.#series;
    const parts: UsualPart[] = [];
    let last: UsualPart | undefined;
    for (let place = 0; place < series.length; place++) {
      const [one, value, at] = [series[place], values[place] ?? NaN, ats[place] ?? NaN];
      if (one === undefined || !(at >= oldestAt && at <= receivedAt + mostAheadMs)) return undefined;
      if (!(value >= (this.#lowest[place] ?? NaN) && value <= (this.#highest[place] ?? NaN)))
        return undefined;
      // Most samples have the same source and time as the previous one.
      if (last?.reading.at !== at || last.reading.source !== one.source) {
        last = parts.find(({ reading }) => reading.at === at && reading.source === one.source);
        if (last === undefined) {
          if (parts.length === partsAtMost) return undefined;
          parts.push((last = { reading: emptyReading(known.row.host, one.source, at), places: [] }));
        }
      }
      last.reading.samples.push({ metric: one.metric, labels: one.labels, value });
      last.places.push(place);
    }
    if (parts.some((part) => this.#isOdd(part))) return undefined;
    return parts.length > 1 ? parts.sort((a, b) => a.reading.at - b.reading.at) : parts;
  }

  /** Whether this is still valid: no series of the host was forgotten, and its sources are unchanged. */
  holdsFor(known: KnownHost): boolean {
    const { row, forgotten } = known;
    const isSame = known === this.#known && forgotten === this.#forgotten;
    return isSame && row.sources === this.#sources && row.units === this.#units;
  }

  /** Whether it contains a series twice, or a part that exceeds its whole. */
  #isOdd({ reading: { samples }, places }: UsualPart): boolean {
    if (this.#hasWhole && largerThanWhole(samples).size > 0) return true;
    const ids = this.#ids;
    let before = -1;
    let ascends = true;
    for (const place of places) {
      ascends &&= (ids[place] ?? -1) > before;
      before = ids[place] ?? -1;
    }
    return !ascends && new Set(places.map((place) => ids[place])).size < places.length;
  }

  /**
   * Records the stored samples of a part, if this is still valid. Returns those that are the latest of their series.
   */
  renew({ reading: { at, samples }, places }: UsualPart, monotonic: number): Measurement[] {
    let older = 0;
    const isNewest = (sample: Measurement, index: number): boolean => {
      const newest = this.#newest[places[index] ?? -1];
      const isNew = newest !== undefined && renew(newest, sample.value, at, monotonic);
      if (!isNew) older++;
      return isNew;
    };
    const renewed = samples.filter(isNewest);
    return older === 0 ? samples : renewed;
  }
}

function emptyReading(host: string, source: string, at: number): Reading {
  return { host, source, at, durationMs: 0, samples: [], error: null };
}
