import type { Labels } from '../contract/sample.ts';
import { labelsKey } from '../contract/series-key.ts';
import type { SampleWindow } from '../rules/windows.ts';
import type { Line } from '../rules/comparisons.ts';
import type { Track } from './track.ts';

/** A track with what is remembered of it only while this process runs. Monotonic times are NaN before their first. */
export interface LiveTrack extends Track {
  /** When the last sample came, or one was first waited for; and when the last value was judged. */
  heardMonotonic: number;
  judgedMonotonic: number;
  /** When the last sample was taken, epoch milliseconds; NaN before the first. */
  sampledAt: number;
  /** The samples that its rule looks back over; null where it looks at the last one only. */
  window: SampleWindow | null;
  learned: Learned;
}

/** What history has told of a series. Nothing is known before it has. */
export interface Learned {
  /** Before when it need not be asked again, on the monotonic clock. */
  askAgainMonotonic: number;
  /** The trend, in units a day. */
  perDay: number;
  /** What is usual, as the line that a sample crosses, by hour of the week. */
  usual: readonly Line[] | null;
}

/** Tracks by rule, host and labels. One without labels is found without making a key. */
export class Tracks {
  readonly #byRule = new Map<string, Map<string, Map<string, LiveTrack>>>();

  get(ruleId: string, host: string, labels: Labels): LiveTrack | undefined {
    return this.#byRule.get(ruleId)?.get(host)?.get(labelsKey(labels));
  }

  add(track: LiveTrack): void {
    const { host, labels } = track.series;
    let byHost = this.#byRule.get(track.ruleId);
    if (byHost === undefined)
      this.#byRule.set(track.ruleId, (byHost = new Map<string, Map<string, LiveTrack>>()));
    let byLabels = byHost.get(host);
    if (byLabels === undefined) byHost.set(host, (byLabels = new Map<string, LiveTrack>()));
    byLabels.set(labelsKey(labels), track);
  }

  delete({ ruleId, series }: Pick<Track, 'ruleId' | 'series'>): void {
    const byHost = this.#byRule.get(ruleId);
    const byLabels = byHost?.get(series.host);
    byLabels?.delete(labelsKey(series.labels));
    if (byLabels?.size === 0) byHost?.delete(series.host);
    if (byHost?.size === 0) this.#byRule.delete(ruleId);
  }

  /** All of them; what the loop deletes does not disturb it. */
  *[Symbol.iterator](): Generator<LiveTrack> {
    for (const byHost of this.#byRule.values())
      for (const byLabels of byHost.values()) yield* byLabels.values();
  }

  /** Those of one rule on one host. */
  of(ruleId: string, host: string): Iterable<LiveTrack> {
    return this.#byRule.get(ruleId)?.get(host)?.values() ?? [];
  }
}
