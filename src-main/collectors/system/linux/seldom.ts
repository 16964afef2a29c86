import { systemClock } from '../../../base/clock.ts';

const nextLookMs = 10_000;

/**
 * Looks for something that most machines do not have: after finding nothing, it waits ten seconds before the next look.
 * Anything that exists is read anew each time.
 */
export class Seldom<Found> {
  readonly #find: () => Found | null;
  #nextLookAt = Number.NEGATIVE_INFINITY;

  constructor(find: () => Found | null) {
    this.#find = find;
  }

  look(): Found | null {
    const now = systemClock.monotonic();
    if (now < this.#nextLookAt) return null;
    const found = this.#find();
    if (found === null) this.#nextLookAt = now + nextLookMs;
    return found;
  }
}
