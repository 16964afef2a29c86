import type { Clock } from '../base/clock.ts';
import type { System } from './system/system.ts';

/** When sources that read this machine may be read more seldom. */
export interface Slowness {
  /** While the machine lives on its battery. */
  onBattery: boolean;
  /** While no window shows what is read. */
  unwatched: boolean;
}

/** Being unplugged is noticed this late, in milliseconds. */
const powerLookMs = 30_000;

interface PaceOptions {
  system: Pick<System, 'battery'>;
  clock: Clock;
  onChange(): void;
}

/** Decides whether to go slower. Where power cannot be told, as on a machine without a battery, it counts as plugged in. */
export class Pace {
  readonly #options: PaceOptions;
  #slowness: Slowness = { onBattery: false, unwatched: false };
  #isWatched = false;
  #onBattery = false;
  #isSlow = false;
  #cancelLook: (() => void) | undefined;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  get isSlow(): boolean {
    return this.#isSlow;
  }

  configure(slowness: Slowness): void {
    this.#slowness = slowness;
    if (!slowness.onBattery) this.stop();
    else if (this.#cancelLook === undefined) void this.#look();
    this.#decide();
  }

  watched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#decide();
  }

  /** Looks at the power no more. */
  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  async #look(): Promise<void> {
    const { system, clock } = this.#options;
    this.#cancelLook = clock.after(powerLookMs, () => void this.#look());
    try {
      this.#onBattery = (await system.battery()).onAc === false;
    } catch {
      this.#onBattery = false;
    }
    this.#decide();
  }

  #decide(): void {
    const { onBattery, unwatched } = this.#slowness;
    const isSlow = (onBattery && this.#onBattery) || (unwatched && !this.#isWatched);
    if (isSlow === this.#isSlow) return;
    this.#isSlow = isSlow;
    this.#options.onChange();
  }
}
