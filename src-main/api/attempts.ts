import type { Clock } from '../base/clock.ts';

const WINDOW_MS = 60_000;
/** Most addresses to remember; the oldest is dropped first, so that an attacker cannot fill memory. */
const ADDRESSES_AT_MOST = 4096;

/**
 * Limits bad tokens and codes by address: ten a minute get a normal refusal, further ones are told to wait. Valid
 * credentials are always accepted, so one misconfigured client never locks out others at the same address.
 */
export class BadAttempts {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #byAddress = new Map<string, { since: number; count: number }>();

  constructor(clock: Clock, limit = 10) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Counts one bad attempt. Returns the seconds this address has to wait; 0 if it need not. */
  add(address: string): number {
    const now = this.#clock.monotonic();
    const key = networkOf(address);
    let attempts = this.#byAddress.get(key);
    if (attempts === undefined || now - attempts.since >= WINDOW_MS) {
      // Deleted first, so that the map stays ordered by the beginning of the windows.
      this.#byAddress.delete(key);
      attempts = { since: now, count: 0 };
      this.#byAddress.set(key, attempts);
      this.#forget(now);
    }
    attempts.count++;
    if (attempts.count <= this.#limit) return 0;
    return Math.max(1, Math.ceil((attempts.since + WINDOW_MS - now) / 1000));
  }

  #forget(now: number): void {
    for (const [address, { since }] of this.#byAddress) {
      if (now - since < WINDOW_MS && this.#byAddress.size <= ADDRESSES_AT_MOST) return;
      this.#byAddress.delete(address);
    }
  }
}

/** The owner of an IPv6 address usually controls a whole /64, so attempts are counted by /64. */
function networkOf(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...new Array<string>(Math.max(0, missing)).fill('0'), ...right].slice(0, 4).join(':');
}
