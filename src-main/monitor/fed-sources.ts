import type { Clock } from '../base/clock.ts';
import { sourceKind } from '../collectors/source-kinds.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import type { Settings, SourceSettings } from '../contract/settings.ts';
import { intervalOf } from './board.ts';

interface FedSourcesParts {
  host: string;
  clock: Clock;
  store: { heartbeatAges: Record<string, number> };
  onReading(reading: Reading): void;
  /** Called before the reading whose numbers have this unit. */
  onUnits(source: string, units: Record<string, string>): void;
}

/** Each name is a stored series: more would be a database rather than a source. */
const namesAtMost = 500;

/** A longer gap between two checks of the clock was sleep, as for every other source, see `SourceLoop`. */
const longestGapIntervals = 3;
const longestGapMs = 60_000;

/** Whether a source's numbers are sent by others. */
export function isFed({ kind }: Pick<SourceSettings, 'kind'>): boolean {
  return sourceKind(kind)?.fed === true;
}

/**
 * Sources that others feed. It is in main and not in the collectors, because a request is answered when its data has
 * been accepted, which must not depend on another process.
 */
export class FedSources {
  readonly #parts: FedSourcesParts;
  /** The metric names of each enabled `push` source so far. */
  readonly #pushes = new Map<string, Set<string>>();
  readonly #heartbeats = new Map<string, Heartbeat>();

  constructor(parts: FedSourcesParts) {
    this.#parts = parts;
  }

  /** Sets the sources of new settings. Heartbeats that stay continue to count, even from before the last shutdown. */
  configure(settings: Settings): void {
    const wanted = settings.sources.filter((source) => source.enabled && isFed(source));
    const isWanted = (name: string, kind: string) =>
      wanted.some((source) => source.name === name && source.kind === kind);
    for (const name of this.#pushes.keys()) if (!isWanted(name, 'push')) this.#pushes.delete(name);
    for (const [name, heartbeat] of this.#heartbeats) {
      if (isWanted(name, 'heartbeat')) continue;
      heartbeat.stop();
      this.#heartbeats.delete(name);
    }
    const before = this.#parts.store.heartbeatAges;
    for (const source of wanted) {
      const { name, kind } = source;
      const intervalMs = intervalOf(source, settings) * 1000;
      if (kind === 'push') {
        if (!this.#pushes.has(name)) this.#pushes.set(name, new Set());
      } else if (this.#heartbeats.get(name)?.intervalMs !== intervalMs) {
        const running = this.#heartbeats.get(name);
        running?.stop();
        const heartbeat = new Heartbeat(
          this.#parts.clock,
          intervalMs,
          running?.ageMs ?? before[name] ?? 0,
          () => this.#tell(name, heartbeat),
        );
        this.#heartbeats.set(name, heartbeat);
        heartbeat.start();
      }
    }
  }

  /** See `MonitorApi.push`. */
  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void {
    const heartbeat = this.#heartbeats.get(source);
    if (heartbeat !== undefined) {
      if (values.size > 0)
        throw invalid(`${source} is a heartbeat and takes no numbers. A source of kind push does.`);
      heartbeat.beat();
      return;
    }
    const names = this.#pushes.get(source);
    if (names === undefined) {
      throw new PlimsollError(
        'not_found',
        `There is no enabled source of kind push or heartbeat called ${JSON.stringify(source)}.`,
      );
    }
    if (values.size === 0)
      throw new PlimsollError(
        'usage',
        `${source} takes numbers, and none came. Send ?value=23.1, or a body.`,
      );
    const all = names.union(new Set(values.keys()));
    if (all.size > namesAtMost) {
      throw new PlimsollError(
        'too_many_requests',
        `${source} would have ${all.size} metrics; at most ${namesAtMost} are taken. Use fewer names.`,
      );
    }
    this.#pushes.set(source, all);
    if (unit !== undefined)
      this.#parts.onUnits(source, Object.fromEntries([...values.keys()].map((metric) => [metric, unit])));
    this.#take(
      source,
      [...values].map(([metric, value]) => ({ metric, labels: {}, value })),
    );
  }

  stop(): void {
    for (const heartbeat of this.#heartbeats.values()) heartbeat.stop();
  }

  /** Stores the age before it is evaluated: a restart must not make an alert look resolved. */
  #tell(source: string, { ageMs }: Heartbeat): void {
    const ages = [...this.#heartbeats].map(([name, heartbeat]) => [name, heartbeat.ageMs] as const);
    try {
      this.#parts.store.heartbeatAges = Object.fromEntries(ages);
    } catch {
      // A full disk is reported when alerts are committed; waiting continues.
    }
    this.#take(source, [
      { metric: 'heartbeat_age_seconds', labels: {}, value: Math.round(ageMs / 100) / 10 },
    ]);
  }

  #take(source: string, samples: Measurement[]): void {
    const { host, clock, onReading } = this.#parts;
    onReading({ host, source, at: clock.now(), durationMs: 0, samples, error: null });
  }
}

/** Measures how long a heartbeat has been missing. */
class Heartbeat {
  readonly intervalMs: number;
  readonly #clock: Clock;
  readonly #onAge: () => void;
  #ageMs: number;
  #countedAt: number;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, intervalMs: number, ageMs: number, onAge: () => void) {
    this.#clock = clock;
    this.intervalMs = intervalMs;
    this.#ageMs = ageMs;
    this.#countedAt = clock.monotonic();
    this.#onAge = onAge;
  }

  get ageMs(): number {
    return this.#ageMs;
  }

  start(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.intervalMs, () => {
      this.#count();
      this.start();
    });
    this.#onAge();
  }

  beat(): void {
    this.#ageMs = 0;
    this.#countedAt = this.#clock.monotonic();
    this.start();
  }

  stop(): void {
    this.#cancel();
  }

  #count(): void {
    const now = this.#clock.monotonic();
    const passed = now - this.#countedAt;
    this.#countedAt = now;
    // A machine that slept could not receive anything. Only one interval has certainly passed.
    const isGap = passed > Math.max(longestGapIntervals * this.intervalMs, longestGapMs);
    this.#ageMs += isGap ? this.intervalMs : passed;
  }
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid_request', message);
}
