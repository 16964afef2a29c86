import { availableParallelism, loadavg } from 'node:os';
import type { HostState } from '../../contract/alert-context.ts';
import type { TimeLost } from '../../contract/event.ts';
import type { Sample } from '../../contract/sample.ts';

/** Earlier events do not belong to this moment. */
const shortlyMs = 10 * 60_000;
/** If the battery was read longer ago, the machine may be plugged in by now. */
const freshMs = 5 * 60_000;

interface HostWatchParts {
  /** When this monitor was started, epoch milliseconds. */
  startedAt: number;
  /** Milliseconds since boot, including sleep. */
  uptime(): number;
  /** By default the system's; all zero if unknown. */
  load?: () => { averages: number[]; processors: number };
  latest(): Sample[];
  /** Whether this source reads the battery of this machine. */
  isBattery(source: string): boolean;
}

/** The state of this machine apart from its metrics: on battery, just awake, just booted, under load. */
export class HostWatch {
  readonly #parts: HostWatchParts;
  #slept: TimeLost | null = null;

  constructor(parts: HostWatchParts) {
    this.#parts = parts;
  }

  noteLost(lost: TimeLost): void {
    if (lost.cause === 'slept') this.#slept = lost;
  }

  /** Everything known and unusual about its state now. */
  state(now: number): HostState {
    const { startedAt, uptime, load = systemLoad, latest, isBattery } = this.#parts;
    const battery = latest().filter(({ source, at }) => now - at <= freshMs && isBattery(source));
    const value = (metric: string) => battery.find((sample) => sample.metric === metric)?.value;
    const [onAc, percent, bootedAt] = [value('on_ac'), value('battery_percent'), now - uptime()];
    const { averages, processors } = load();
    const slept = this.#slept;
    return {
      ...(onAc !== undefined && { onBattery: onAc === 0 }),
      ...(percent !== undefined && { batteryPercent: percent }),
      ...(slept !== null && isShortly(slept.at, now) && { resumed: { at: slept.at, sleptMs: slept.ms } }),
      ...(isShortly(bootedAt, now) && { bootedAt: Math.round(bootedAt) }),
      ...(isShortly(startedAt, now) && { plimsollStartedAt: startedAt }),
      // Systems without load averages, such as Windows, return three zeros.
      ...(averages.length === 3 &&
        averages.some((average) => average > 0) && {
          load: { averages: averages.map((average) => Math.round(average * 100) / 100), processors },
        }),
    };
  }
}

function systemLoad() {
  return { averages: loadavg(), processors: availableParallelism() };
}

function isShortly(at: number, now: number): boolean {
  return at <= now && now - at <= shortlyMs;
}
