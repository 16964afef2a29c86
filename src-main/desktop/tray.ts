import { Menu, nativeImage, nativeTheme, Tray } from 'electron';
import type { MenuItemConstructorOptions, NativeImage, Rectangle } from 'electron';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { trayFiles } from './tray-file.ts';
import { ImageTurns } from './tray-image.ts';
import type { MenuAction, MenuEntry } from './tray-menu.ts';
import type { TrayState } from './tray-view.ts';

export interface TrayParts {
  /** Folder of the tray images. */
  images: string;
  clock: Clock;
  onClick(): void;
  onAction(action: MenuAction): void;
}

/** The tray icon: image, tooltip and menu, each set only when it changes. Throws if the system cannot show one. */
export class TrayIcon {
  readonly #parts: TrayParts;
  readonly #tray: Tray;
  readonly #loaded = new Map<string, NativeImage>();
  readonly #turns: ImageTurns<string>;
  readonly #onTheme = () => this.#showImage();
  #state: TrayState = 'unknown';
  #tip = '';
  #menuText = '';
  #menu: ReturnType<typeof Menu.buildFromTemplate> | undefined;

  constructor(parts: TrayParts) {
    this.#parts = parts;
    const first = this.#keyOf(this.#state);
    this.#tray = new Tray(this.#image(first));
    this.#turns = new ImageTurns(parts.clock, (key) => this.#tray.setImage(this.#image(key)), first);
    this.#tray.on('click', () => parts.onClick());
    // On macOS a menu that is set receives every click.
    if (process.platform === 'darwin') {
      this.#tray.on('right-click', () => this.#tray.popUpContextMenu(this.#menu));
    }
    nativeTheme.on('updated', this.#onTheme);
  }

  get bounds(): Rectangle {
    return this.#tray.getBounds();
  }

  show(state: TrayState, tip: string, entries: readonly MenuEntry[]): void {
    this.#state = state;
    this.#showImage();
    if (tip !== this.#tip) {
      this.#tip = tip;
      this.#tray.setToolTip(`Plimsoll: ${tip}`);
    }
    const text = JSON.stringify(entries);
    if (text === this.#menuText) return;
    this.#menuText = text;
    this.#menu = Menu.buildFromTemplate(entries.map((entry) => this.#template(entry)));
    // Linux shows the menu in the state in which it was set.
    if (process.platform !== 'darwin') this.#tray.setContextMenu(this.#menu);
  }

  destroy(): void {
    nativeTheme.off('updated', this.#onTheme);
    this.#turns.close();
    this.#tray.destroy();
  }

  #showImage(): void {
    this.#turns.show(this.#keyOf(this.#state));
  }

  #keyOf(state: TrayState): string {
    const files = trayFiles(state, {
      platform: process.platform,
      isDark: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
      desktop: process.env['XDG_CURRENT_DESKTOP'],
    });
    return JSON.stringify(files);
  }

  /** Each image is read once: there are five states and two panel colours. */
  #image(key: string): NativeImage {
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const files = JSON.parse(key) as ReturnType<typeof trayFiles>;
    const [first, ...others] = files.map(({ file, scale }) => ({
      image: nativeImage.createFromPath(join(this.#parts.images, file)),
      scale,
    }));
    const image = first?.image ?? nativeImage.createEmpty();
    for (const other of others) {
      image.addRepresentation({ scaleFactor: other.scale, buffer: other.image.toPNG() });
    }
    if (process.platform === 'darwin') image.setTemplateImage(true);
    this.#loaded.set(key, image);
    return image;
  }

  #template(entry: MenuEntry): MenuItemConstructorOptions {
    if (entry.type === 'separator') return { type: 'separator' };
    const { id, label } = entry;
    if (entry.type === 'submenu') {
      return { id, label, submenu: entry.entries.map((inner) => this.#template(inner)) };
    }
    const { action } = entry;
    if (action === null) return { id, label, enabled: false };
    const click = () => this.#parts.onAction(action);
    return entry.type === 'check'
      ? { id, label, type: 'checkbox', checked: entry.checked, click }
      : { id, label, click };
  }
}
