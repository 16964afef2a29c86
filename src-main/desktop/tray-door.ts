import type { Rectangle } from 'electron';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { Monitor } from '../monitor/monitor-api.ts';
import { vocabularyOf } from './alert-words.ts';
import { TrayIcon } from './tray.ts';
import { trayMenu } from './tray-menu.ts';
import type { MenuAction } from './tray-menu.ts';
import { trayView } from './tray-view.ts';
import type { Words } from './words.ts';

/** Events within this time, in milliseconds, cause one update together. */
const restMs = 100;

export interface TrayDoorParts {
  engine: Monitor;
  images: string;
  words: () => Words;
  startsAtLogin: () => boolean | null;
  clock: Clock;
  log: Log;
  onClick(): void;
  onAction(action: MenuAction): void;
}

/** Keeps the tray icon up to date. Does nothing on systems without tray icons. */
export class TrayDoor {
  readonly #parts: TrayDoorParts;
  readonly #icon: TrayIcon | undefined;
  #cancelLook: (() => void) | undefined;
  #cancelPauseEnd: (() => void) | undefined;
  #isKnown = false;

  constructor(parts: TrayDoorParts) {
    this.#parts = parts;
    const { images, clock, log, onClick, onAction } = parts;
    try {
      this.#icon = new TrayIcon({ images, clock, onClick, onAction });
    } catch (error) {
      log.warn('there is no tray icon', { error });
    }
    this.update();
  }

  get isThere(): boolean {
    return this.#icon !== undefined;
  }

  get bounds(): Rectangle {
    return this.#icon?.bounds ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  /** Handles an event. Readings arrive many times a second and are needed only until a status is known. */
  hear(event: LiveEvent): void {
    if (event.type === 'own-cost' || event.type === 'delivery') return;
    if (event.type === 'reading' && this.#isKnown) return;
    this.update();
  }

  update(): void {
    this.#cancelLook ??= this.#parts.clock.after(restMs, () => {
      this.#cancelLook = undefined;
      this.#look();
    });
  }

  destroy(): void {
    this.#cancelLook?.();
    this.#cancelPauseEnd?.();
    this.#icon?.destroy();
  }

  #look(): void {
    const { engine, clock, words, startsAtLogin } = this.#parts;
    const status = engine.status();
    const now = clock.now();
    const view = trayView(status, now, vocabularyOf(engine, status.host), words());
    this.#isKnown = view.state !== 'unknown';
    this.#icon?.show(view.state, view.sentence, trayMenu(view, { startsAtLogin: startsAtLogin() }, words()));
    this.#cancelPauseEnd?.();
    this.#cancelPauseEnd = undefined;
    const ends = [status.pausedUntil, ...status.alerts.map(({ snoozedUntil }) => snoozedUntil)];
    const next = Math.min(...ends.filter((end) => end !== null && end > now).map(Number));
    if (next < Infinity) {
      // At most a day: a timer longer than 2^31 ms would fire at once.
      const wait = Math.min(next - now + 1, 86_400_000);
      this.#cancelPauseEnd = clock.after(wait, () => this.update());
    }
  }
}
