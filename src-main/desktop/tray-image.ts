import type { Clock } from '../base/clock.ts';

const shortestPauseMs = 1000;

/**
 * Limits changes of the tray image: only if the image differs, and at most once a second, because each one sends a
 * message to the panel. The latest request wins; at most one timer is pending.
 */
export class ImageTurns<Image> {
  readonly #clock: Clock;
  readonly #set: (image: Image) => void;
  #shown: { image: Image; at: number };
  #wanted: Image;
  #cancel: (() => void) | undefined;

  /** `first` is the initial image of the tray. */
  constructor(clock: Clock, set: (image: Image) => void, first: Image) {
    this.#clock = clock;
    this.#set = set;
    this.#wanted = first;
    this.#shown = { image: first, at: -Infinity };
  }

  show(image: Image): void {
    this.#wanted = image;
    if (this.#cancel !== undefined) return;
    if (this.#shown.image === image) return;
    const pause = this.#shown.at + shortestPauseMs - this.#clock.monotonic();
    if (pause <= 0) this.#turn();
    else {
      this.#cancel = this.#clock.after(pause, () => {
        this.#cancel = undefined;
        this.#turn();
      });
    }
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #turn(): void {
    const image = this.#wanted;
    if (this.#shown.image === image) return;
    this.#shown = { image, at: this.#clock.monotonic() };
    this.#set(image);
  }
}
