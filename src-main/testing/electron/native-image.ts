import type * as Electron from 'electron';
import { existsSync, readFileSync } from 'node:fs';
import type { Like } from './like.ts';

/** A picture by its PNG bytes. What is not a PNG is empty, as a missing file is. */
export class StandInImage {
  #png: Buffer;
  isMacTemplateImage = false;

  constructor(png: Buffer) {
    this.#png = png.subarray(1, 4).toString('latin1') === 'PNG' ? png : Buffer.alloc(0);
  }

  isEmpty(): boolean {
    return this.#png.length === 0;
  }

  /** From the header of the PNG. */
  getSize(): Electron.Size {
    if (this.isEmpty()) return { width: 0, height: 0 };
    return { width: this.#png.readUInt32BE(16), height: this.#png.readUInt32BE(20) };
  }

  toPNG(): Buffer {
    return this.#png;
  }

  toDataURL(): string {
    return `data:image/png;base64,${this.#png.toString('base64')}`;
  }

  setTemplateImage(option: boolean): void {
    this.isMacTemplateImage = option;
  }

  isTemplateImage(): boolean {
    return this.isMacTemplateImage;
  }

  getScaleFactors(): number[] {
    return [1];
  }

  /** One scale is enough for a screen that nobody sees. */
  addRepresentation({ buffer }: Electron.AddRepresentationOptions): void {
    if (this.isEmpty() && buffer !== undefined) this.#png = buffer;
  }

  resize(): this {
    return this;
  }
}

null as unknown as StandInImage satisfies Like<Electron.NativeImage, 'resize'>;

export const nativeImage = {
  createEmpty: () => new StandInImage(Buffer.alloc(0)),
  createFromPath: (path: string) => new StandInImage(existsSync(path) ? readFileSync(path) : Buffer.alloc(0)),
  createFromBuffer: (buffer: Buffer) => new StandInImage(buffer),
  createFromDataURL: (url: string) => new StandInImage(Buffer.from(url.replace(/^[^,]*,/, ''), 'base64')),
};
