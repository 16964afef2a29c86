import type { Clock } from '../base/clock.ts';
import type { System } from './system/system.ts';

/** When sources that read this machine may be read less often. */
export interface Slowness {
  /** While the machine runs on battery. */
  onBattery: boolean;
  /** While no window shows the readings. */
  unwatched: boolean;
}

/** How often the power supply is checked, in milliseconds. */
const powerLookMs = 30_000;

interface PaceOptions {
  system: Pick<System, 'battery'>;
  clock: Clock;
  onChange(): void;
}

/**
 * Decides whether to slow down. A machine whose power supply is unknown, for example without a battery, counts as
 * plugged in.
 */
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

  /** Stops checking the power supply. */
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
