import type { SilenceFor } from '../../alerts/announce.ts';
import type { Hold, Subject } from '../../alerts/downtimes.ts';

/** Everything that keeps alerts from being announced for a while. */
export class Silences {
  #pausedUntil: number | null;
  readonly #holdFor: (subject: Subject, now: number) => Hold | null;

  /**
   * `pausedUntil` is the end of a pause that was requested in an earlier run; `holdFor` covers downtimes and quiet
   * hours.
   */
  constructor(
    pausedUntil: number | null,
    holdFor: (subject: Subject, now: number) => Hold | null = () => null,
  ) {
    this.#pausedUntil = pausedUntil;
    this.#holdFor = holdFor;
  }

  /** Announces nothing until then, epoch milliseconds; null ends a pause. */
  pause(until: number | null): void {
    this.#pausedUntil = until;
  }

  /** The end of the pause; null if there is none. */
  pausedUntil(now: number): number | null {
    return this.#pausedUntil !== null && now < this.#pausedUntil ? this.#pausedUntil : null;
  }

  /** The silence for an announcement: of several the one that ends last. */
  readonly for: SilenceFor = ({ rule, series, severity }, now) => {
    const paused = this.pausedUntil(now);
    const { host, source } = series;
    const hold = this.#holdFor({ ruleId: rule.id, host, source, severity }, now);
    if (hold === null) return paused === null ? null : { reason: 'paused', until: paused };
    const { reason, until } = paused !== null && paused > hold.until ? pauseOf(paused) : hold;
    return {
      reason,
      until,
      ...(hold.reason === 'downtime' && { downtime: { id: hold.id, name: hold.name } }),
    };
  };
}

function pauseOf(until: number) {
  return { reason: 'paused', until } as const;
}
