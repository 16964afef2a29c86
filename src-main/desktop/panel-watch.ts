import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { DesktopFacts } from '../contract/desktop-bridge.ts';
import { findStatusWatcher, isWayland, trayCertainty } from './tray-host.ts';

/** Between looks for a panel that shows tray icons. */
const waitsMs = [1000, 3000, 6000];

interface PanelWatchParts {
  platform: DesktopFacts['platform'];
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Log;
  /** Whether there is a tray icon at all. */
  hasIcon(): boolean;
  /** Replaced in tests. */
  findWatcher?: typeof findStatusWatcher;
}

/** Whether a panel shows the tray icon. At login a panel may start later than Plimsoll. */
export class PanelWatch {
  readonly #parts: PanelWatchParts;
  #certainty: DesktopFacts['tray'] = 'uncertain';
  #isOpen = true;

  constructor(parts: PanelWatchParts) {
    this.#parts = parts;
  }

  /** As of the last look; uncertain before the first. */
  get certainty(): DesktopFacts['tray'] {
    return this.#certainty;
  }

  async look(): Promise<void> {
    const { platform, env, log, hasIcon, findWatcher = findStatusWatcher } = this.#parts;
    const hasWatcher = platform === 'linux' ? await findWatcher(env) : null;
    const hints = { platform, isWayland: platform === 'linux' && isWayland(env), hasWatcher };
    this.#certainty = hasIcon() ? trayCertainty(hints) : 'none';
    log.info('the tray', { certainty: this.#certainty });
  }

  /** Looks again for ten seconds. Resolves to whether the icon can still not be seen then; to false when closed before. */
  async neverComes(): Promise<boolean> {
    for (const waitMs of waitsMs) {
      await new Promise<void>((resolve) => void this.#parts.clock.after(waitMs, resolve));
      if (!this.#isOpen) return false;
      await this.look();
      if (this.#certainty === 'shown') return false;
    }
    return this.#certainty === 'none';
  }

  close(): void {
    this.#isOpen = false;
  }
}
