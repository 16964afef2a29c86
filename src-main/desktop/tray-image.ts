import type { Clock } from '../base/clock.ts';

const shortestPauseMs = 1000;

/**
 * Decides when the tray's image is set: only when it is another one, and at most once a second, because setting it
 * costs a message to the panel each time. The last wish always wins; one timer at most is under way.
 */
export class ImageTurns<Image> {
  readonly #clock: Clock;
  readonly #set: (image: Image) => void;
  #shown: { image: Image; at: number };
  #wanted: Image;
  #cancel: (() => void) | undefined;

  /** `first` is what the tray was made with. */
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
