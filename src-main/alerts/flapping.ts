/** How often a rule has fired on a series of late. All times are on one clock that nobody sets, in epoch milliseconds. */
export interface Flaps {
  /** When it fired in the last hour, the newest last. */
  firedAt: number[];
  /** When it fired or was over last. */
  changedAt: number;
  /** People were told that it flaps, and now nothing until it is stable. */
  isFlapping: boolean;
}

/** What fires so often within an hour flaps, */
export const flappingFirings = 4;
const windowMs = 3_600_000;
/** until nothing has changed for so long. */
export const stableMs = 1_800_000;

/** Enters that it fired. */
export function fired(before: Flaps | null, at: number): Flaps {
  const recent = (before?.firedAt ?? []).filter((time) => time <= at && time > at - windowMs);
  return {
    firedAt: [...recent, at].slice(-flappingFirings),
    changedAt: at,
    isFlapping: before?.isFlapping ?? false,
  };
}

/** Enters that it is over. */
export function ended(before: Flaps | null, at: number): Flaps {
  return { firedAt: before?.firedAt ?? [], changedAt: at, isFlapping: before?.isFlapping ?? false };
}

/** Whether it fires too often for each time to be worth a word. */
export function isTooOften({ firedAt }: Flaps): boolean {
  return firedAt.length >= flappingFirings;
}

/** Whether it has stood still for long enough. A change that lies ahead, as after a clock was set back, is none. */
export function isStable({ changedAt }: Flaps, at: number): boolean {
  return changedAt > at || at - changedAt >= stableMs;
}
