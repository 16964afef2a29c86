/** How often a rule recently fired on a series. All times are epoch milliseconds of one clock that is never set. */
export interface Flaps {
  /** When it fired in the last hour, the latest last. */
  firedAt: number[];
  /** When it last fired or ended. */
  changedAt: number;
  /** People were told that it flaps, and hear nothing more until it is stable. */
  isFlapping: boolean;
}

/** A series that fires this often within an hour flaps, */
export const flappingFirings = 4;
const windowMs = 3_600_000;
/** until nothing has changed for this long. */
export const stableMs = 1_800_000;

/** Records a firing. */
export function fired(before: Flaps | null, at: number): Flaps {
  const recent = (before?.firedAt ?? []).filter((time) => time <= at && time > at - windowMs);
  return {
    firedAt: [...recent, at].slice(-flappingFirings),
    changedAt: at,
    isFlapping: before?.isFlapping ?? false,
  };
}

/** Records an end. */
export function ended(before: Flaps | null, at: number): Flaps {
  return { firedAt: before?.firedAt ?? [], changedAt: at, isFlapping: before?.isFlapping ?? false };
}

/** Whether it fires too often to announce each time. */
export function isTooOften({ firedAt }: Flaps): boolean {
  return firedAt.length >= flappingFirings;
}

/**
 * Whether it has been unchanged long enough. A change in the future, as after a clock was set back, is ignored: it
 * counts as stable.
 */
export function isStable({ changedAt }: Flaps, at: number): boolean {
  return changedAt > at || at - changedAt >= stableMs;
}
