import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import type { Like } from './like.ts';
import type { StandInImage } from './native-image.ts';
import { nativeImage } from './native-image.ts';

/** An icon that nobody sees: `recorder.ts` notes what is done to it. */
export class StandInTray extends EventEmitter {
  #isDestroyed = false;

  constructor(image: StandInImage | string) {
    super();
    this.setImage(image);
  }

  setImage(image: StandInImage | string): void {
    this.#living();
    const picture = typeof image === 'string' ? nativeImage.createFromPath(image) : image;
    if (typeof image === 'string' && picture.isEmpty()) {
      throw new Error(`Image could not be created from ${image}`);
    }
  }

  setPressedImage(): void {}

  setToolTip(): void {
    this.#living();
  }

  setTitle(): void {
    this.#living();
  }

  setContextMenu(): void {
    this.#living();
  }

  popUpContextMenu(): void {
    this.#living();
  }

  closeContextMenu(): void {}
  setIgnoreDoubleClickEvents(): void {}

  /** Zeros, as on Linux. */
  getBounds(): Electron.Rectangle {
    return { x: 0, y: 0, width: 0, height: 0 };
  }

  destroy(): void {
    this.#isDestroyed = true;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  #living(): void {
    if (this.#isDestroyed) throw new TypeError('Tray is destroyed');
  }
}

null as unknown as StandInTray satisfies Like<Electron.Tray, 'setImage' | 'setContextMenu'>;
