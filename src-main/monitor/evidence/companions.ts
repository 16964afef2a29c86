import { contextBounds } from '../../contract/alert-context.ts';
import type { Companion, UsualRange } from '../../contract/alert-context.ts';
import type { Unit } from '../../contract/metric.ts';
import type { Sample, Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';

interface CompanionsParts {
  host: string;
  unitOf(series: Pick<Series, 'host' | 'source' | 'metric'>): Unit;
  /** What the kind of its source calls its metric; undefined where none says it. */
  titleOf(series: Pick<Series, 'host' | 'source' | 'metric'>): string | undefined;
  usual(series: Series[], from: number, to: number): Promise<(UsualRange | null)[]>;
}

/** How many metrics are considered; the most significant are kept. */
const mostLookedAt = 40;
/** An older sample does not belong to this moment. */
const freshMs = 5 * 60_000;
const dayMs = 86_400_000;
/** The usual range of a day does not change in minutes. */
const learnAgainMs = 10 * 60_000;
/** Series come and go: beyond this many, usual ranges are asked again when needed. */
const mostLearned = 1000;
/**
 * A value is out of its range if it exceeds it by this part of the range's width, or of the value itself if the width
 * is 0.
 */
const clearly = 0.1;
const clearlyOfNone = 0.01;

/** The other metrics of this machine at the moment when an alert fires, and which of them are unusual. */
export class Companions {
  readonly #parts: CompanionsParts;
  readonly #learned = new Map<string, { usual: UsualRange | null; at: number }>();

  /** The first of the samples of the last call: in a storm a thousand alerts ask for the same. */
  #asked: { latest: readonly Sample[]; now: number; bySource: Map<string, Sample[]> } = {
    latest: [],
    now: NaN,
    bySource: new Map(),
  };

  constructor(parts: CompanionsParts) {
    this.#parts = parts;
  }

  /**
   * The fresh samples except the series itself: first those of the machine as a whole, then those of its parts. None
   * for another host.
   */
  of(series: Series, latest: readonly Sample[], now: number): Sample[] {
    if (series.host !== this.#parts.host) return [];
    const key = seriesKey(series);
    return this.#first(series.source, latest, now)
      .filter((sample) => seriesKey(sample) !== key)
      .slice(0, mostLookedAt);
  }

  /** One more than are considered, because the series itself may be among them. */
  #first(source: string, latest: readonly Sample[], now: number): Sample[] {
    if (this.#asked.latest !== latest || this.#asked.now !== now)
      this.#asked = { latest, now, bySource: new Map() };
    const known = this.#asked.bySource.get(source);
    if (known !== undefined) return known;
    // A percentage says more at a glance than a size, and the whole machine more than a part of it.
    const rank = (sample: Sample): number =>
      (isLabelled(sample) ? 3 : 0) +
      (this.#parts.unitOf(sample) === 'percent' ? 0 : sample.source === source ? 1 : 2);
    const first = latest
      .filter((sample) => sample.host === this.#parts.host && now - sample.at <= freshMs)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, mostLookedAt + 1);
    this.#asked.bySource.set(source, first);
    return first;
  }

  /** Learns the usual ranges of these samples from the day before. Rejects if the history does not answer. */
  async learn(samples: readonly Sample[], now: number): Promise<void> {
    const unknown = new Map(
      samples
        .map((sample) => [seriesKey(sample), seriesOf(sample)] as const)
        .filter(([key]) => !(now - (this.#learned.get(key)?.at ?? -Infinity) < learnAgainMs)),
    );
    if (unknown.size === 0) return;
    const asked = [...unknown].slice(0, mostLearned);
    const answers = await this.#parts.usual(
      asked.map(([, series]) => series),
      now - dayMs,
      now,
    );
    if (this.#learned.size + asked.length > mostLearned) this.#learned.clear();
    asked.forEach(([key], place) => this.#learned.set(key, { usual: answers[place] ?? null, at: now }));
  }

  /** These samples for a context, with their usual range if it is known; the most unusual first. */
  judged(samples: readonly Sample[]): Companion[] {
    return samples
      .map((sample) => {
        const usual = this.#learned.get(seriesKey(sample))?.usual ?? null;
        const title = this.#parts.titleOf(sample);
        return { sample, title, usual, beyond: usual === null ? 0 : beyond(sample.value, usual) };
      })
      .sort((a, b) => b.beyond - a.beyond)
      .map(({ sample, title, usual, beyond }) => ({
        source: sample.source,
        metric: sample.metric,
        labels: fewLabels(sample),
        unit: this.#parts.unitOf(sample),
        ...(title !== undefined && { title }),
        value: sample.value,
        at: sample.at,
        ...(usual !== null && { usual, isUnusual: beyond > 0 }),
      }));
  }
}

/** How far a value is clearly out of a range, in widths of the range; 0 if it is not. */
function beyond(value: number, { low, high }: UsualRange): number {
  const width = Math.max(high - low, 0);
  const size = width > 0 ? width : Math.max(Math.abs(high), 1) * (clearlyOfNone / clearly);
  const distance = Math.max(low - value, value - high) / size;
  return distance > clearly ? distance : 0;
}

function isLabelled({ labels }: Series): boolean {
  return Object.keys(labels).length > 0;
}

function seriesOf({ host, source, metric, labels }: Sample): Series {
  return { host, source, metric, labels };
}

/** Other machines' labels may be many and long. */
function fewLabels({ labels }: Series): Series['labels'] {
  const most = contextBounds.nameCharacters;
  return Object.fromEntries(
    Object.entries(labels)
      .slice(0, contextBounds.labels)
      .map(([name, value]) => [
        name,
        value.length <= most ? value : `${value.slice(0, most - 1).toWellFormed()}…`,
      ]),
  );
}
