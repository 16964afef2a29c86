import { sourceKind } from '../collectors/source-kinds.ts';
import type { Reading, Sample } from '../contract/sample.ts';
import { seriesKey } from '../contract/series-key.ts';
import type { Settings, SourceSettings } from '../contract/settings.ts';
import type { SourceHealth } from '../contract/status.ts';

/** The effective interval of a source in seconds: its own or its kind's, but never below the minimum. */
export function intervalOf(source: SourceSettings, settings: Settings): number {
  const wanted = source.intervalSeconds ?? sourceKind(source.kind)?.intervalSeconds ?? 60;
  return Math.max(wanted, settings.monitoring.checkIntervalSeconds);
}

/**
 * How often a source of this machine is read at the slow pace. Consecutive readings are still less than a minute apart.
 */
const slowestSeconds = 15;

/** The interval at the slow pace, in seconds; null for a source that has no other pace. */
export function slowIntervalOf(source: SourceSettings, settings: Settings): number | null {
  const slows = sourceKind(source.kind)?.local === true && source.intervalSeconds === undefined;
  return slows ? Math.max(intervalOf(source, settings), slowestSeconds) : null;
}

/** The longest interval of a source in seconds, including the slow pace. */
export function slowestIntervalOf(source: SourceSettings, settings: Settings): number {
  const { slowerOnBattery, slowerUnwatched } = settings.monitoring;
  const slow = slowerOnBattery || slowerUnwatched ? slowIntervalOf(source, settings) : null;
  return slow ?? intervalOf(source, settings);
}

const sweepEveryMs = 60_000;
const forgottenAfterMs = 10 * 60_000;

/** The current state: the latest sample of every series, and the health of each source. */
export class Board {
  readonly #latest = new Map<string, Sample>();
  /** The samples of each source's last reading; the same objects as in `#latest`. */
  readonly #lastOf = new Map<string, Sample[]>();
  readonly #health = new Map<string, SourceHealth>();
  #sweptAt = -Infinity;

  /** Sets the sources of new settings; the state of those that stay is kept. */
  configure(settings: Settings): void {
    const known = new Map(this.#health);
    this.#health.clear();
    for (const source of settings.sources) {
      const before = known.get(source.name);
      const identity = {
        source: source.name,
        kind: source.kind,
        enabled: source.enabled,
        intervalSeconds: intervalOf(source, settings),
      };
      const nothing = {
        lastSuccessAt: null,
        lastErrorAt: null,
        error: null,
        durationMs: null,
        missedRuns: 0,
      };
      this.#health.set(
        source.name,
        before?.kind === source.kind ? { ...before, ...identity } : { ...identity, ...nothing },
      );
    }
    for (const [key, { source }] of this.#latest) {
      const health = this.#health.get(source);
      if (health?.enabled !== true || health.kind !== known.get(source)?.kind) this.#latest.delete(key);
    }
    this.#lastOf.clear();
  }

  /** Sets the units of a source's numbers if they were sent with the numbers. They stay until others are sent. */
  enterUnits(source: string, units: Readonly<Record<string, string>>): void {
    const health = this.#health.get(source);
    if (health !== undefined) this.#health.set(source, { ...health, units: { ...health.units, ...units } });
  }

  /** Records a reading and returns the health of its source; undefined for a source that is no longer configured. */
  enter(reading: Reading, missedRuns: number): SourceHealth | undefined {
    const before = this.#health.get(reading.source);
    if (before === undefined || !before.enabled) return undefined;
    const health: SourceHealth = {
      ...before,
      lastSuccessAt: reading.error === null ? reading.at : before.lastSuccessAt,
      lastErrorAt: reading.error === null ? before.lastErrorAt : reading.at,
      error: reading.error,
      durationMs: reading.durationMs,
      missedRuns,
    };
    this.#health.set(reading.source, health);
    this.#enterSamples(reading);
    this.#sweep(reading.at);
    return health;
  }

  /** Most readings have the same series as the previous one, recognised by their label objects. */
  #enterSamples({ host, source, at, samples }: Reading): void {
    const before = this.#lastOf.get(source);
    const last: Sample[] = before ?? [];
    let place = 0;
    for (const { metric, labels, value } of samples) {
      const known = before?.[place];
      place++;
      if (known?.metric === metric && known.labels === labels && known.host === host) {
        known.value = value;
        known.at = at;
        continue;
      }
      const sample: Sample = { host, source, metric, labels, value, at };
      this.#latest.set(seriesKey(sample), sample);
      last[place - 1] = sample;
    }
    last.length = samples.length;
    this.#lastOf.set(source, last);
  }

  /**
   * Removes series of programs, containers' interfaces and the like, which come and go. A series with labels that its
   * source has not reported for long is forgotten; one without labels is part of the source, and its last value stays.
   */
  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < sweepEveryMs) return;
    this.#sweptAt = now;
    for (const [key, sample] of this.#latest) {
      if (Object.keys(sample.labels).length === 0) continue;
      const intervalMs = (this.#health.get(sample.source)?.intervalSeconds ?? 0) * 1000;
      if (now - sample.at > Math.max(forgottenAfterMs, 3 * intervalMs)) this.#latest.delete(key);
    }
    // Series that are reported again later are recorded anew.
    this.#lastOf.clear();
  }

  latest(): Sample[] {
    return Array.from(this.#latest.values(), (sample) => ({ ...sample }));
  }

  /** The latest value of a metric without labels; null if nothing here samples it. */
  newest(metric: string): number | null {
    const found = this.latest().find(
      (sample) => sample.metric === metric && Object.keys(sample.labels).length === 0,
    );
    return found?.value ?? null;
  }

  health(): SourceHealth[] {
    return [...this.#health.values()];
  }
}
