import type { Clock } from '../base/clock.ts';

/** What fell due within this much of its time goes along: a timer may ring a fraction of a millisecond early. */
const toleranceMs = 1;

interface Appointment {
  due: number;
  callback: () => void;
}

/**
 * One timer for all that wait: what is due at the same time wakes the process once. Calls back at monotonic times, in their
 * order, and for equal times in the order in which they were asked for. It is a clock for those who wait for less than an
 * interval, too, such as a deadline that hardly ever comes: asking for one and taking it back sets no timer.
 */
export class Beat implements Clock {
  readonly #clock: Clock;
  /** In order of their time. */
  #appointments: Appointment[] = [];
  #timer: { due: number; cancel: () => void } | undefined;
  #isRinging = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once at the monotonic time `due`, in milliseconds; the returned function cancels. */
  at(due: number, callback: () => void): () => void {
    const appointment = { due, callback };
    const place = this.#appointments.findLastIndex((other) => other.due <= due) + 1;
    this.#appointments.splice(place, 0, appointment);
    this.#wind();
    return () => {
      const kept = this.#appointments.lastIndexOf(appointment);
      if (kept < 0) return;
      this.#appointments.splice(kept, 1);
      this.#wind();
    };
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, callback: () => void): () => void {
    return this.at(this.monotonic() + ms, callback);
  }

  #wind(): void {
    if (this.#isRinging) return;
    const due = this.#appointments[0]?.due;
    if (this.#timer?.due === due) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due === undefined) return;
    const cancel = this.#clock.after(Math.max(0, due - this.#clock.monotonic()), () => this.#ring());
    this.#timer = { due, cancel };
  }

  #ring(): void {
    this.#timer = undefined;
    this.#isRinging = true;
    const now = this.#clock.monotonic() + toleranceMs;
    try {
      for (;;) {
        const next = this.#appointments[0];
        if (next === undefined || next.due > now) break;
        this.#appointments.shift();
        next.callback();
      }
    } finally {
      this.#isRinging = false;
      this.#wind();
    }
  }
}
