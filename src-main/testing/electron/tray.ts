import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import type { Like } from './like.ts';
import type { StandInMenu } from './menu.ts';
import { StandInImage, nativeImage } from './native-image.ts';

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

  setToolTip(_text: string): void {
    this.#living();
  }

  setTitle(_title: string): void {
    this.#living();
  }

  setContextMenu(_menu: StandInMenu | null): void {
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
