import type { Clock } from '../base/clock.ts';

interface Due {
  at: number;
  callback: () => void;
}

/** A clock that stands still until a test turns it. Callbacks that fall due are called in order of their time. */
export class HandClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #due: Due[] = [];

  constructor(wall = Date.UTC(2026, 0, 5, 12)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): () => void {
    const due: Due = { at: this.#monotonic + Math.max(0, ms), callback };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  /** Lets `ms` milliseconds pass on both clocks, and whatever a callback awaits settle before the next is called. */
  async turn(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      await settled();
      const next = this.#due.filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((due) => due !== next);
      this.#advance(Math.max(0, next.at - this.#monotonic));
      next.callback();
    }
    this.#advance(end - this.#monotonic);
    await settled();
  }

  /** Moves the wall clock alone, as an owner or a time server would. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Lets time pass while nothing can run, as in sleep or under SIGSTOP: what fell due is called late, by the next turn. */
  stall(ms: number): void {
    this.#advance(ms);
  }

  #advance(ms: number): void {
    this.#monotonic += ms;
    this.#wall += ms;
  }
}

/** Gives promises that are already decided the chance to run their callbacks. */
async function settled(): Promise<void> {
  for (let round = 0; round < 10; round++) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
