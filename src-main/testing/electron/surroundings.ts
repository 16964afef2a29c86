import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { display } from './display-line.ts';
import type { Like } from './like.ts';

/** One screen of 1280 × 800 with a panel of 40 at the top, and a pointer that does not move. */
class StandInScreen extends EventEmitter {
  readonly #display = {
    id: 1,
    bounds: { x: 0, y: 0, width: 1280, height: 800 },
    workArea: { x: 0, y: 40, width: 1280, height: 760 },
    workAreaSize: { width: 1280, height: 760 },
    size: { width: 1280, height: 800 },
    scaleFactor: 1,
    rotation: 0,
  } as Electron.Display;

  getPrimaryDisplay(): Electron.Display {
    return this.#display;
  }

  getAllDisplays(): Electron.Display[] {
    return [this.#display];
  }

  getDisplayNearestPoint(): Electron.Display {
    return this.#display;
  }

  getDisplayMatching(): Electron.Display {
    return this.#display;
  }

  getCursorScreenPoint(): Electron.Point {
    return { x: 1200, y: 20 };
  }
}

class StandInTheme extends EventEmitter {
  #source: Electron.NativeTheme['themeSource'] = 'system';
  readonly shouldUseHighContrastColors = false;
  readonly shouldUseInvertedColorScheme = false;
  readonly prefersReducedTransparency = false;

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }

  get shouldUseDarkColorsForSystemIntegratedUI(): boolean {
    return this.shouldUseDarkColors;
  }

  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: Electron.NativeTheme['themeSource']) {
    if (source === this.#source) return;
    this.#source = source;
    display.appearance(this.shouldUseDarkColors).catch(() => undefined);
    this.emit('updated');
  }
}

/** Tests emit `suspend`, `resume`, `lock-screen` and the others. */
class StandInPower extends EventEmitter {
  readonly onBatteryPower = false;

  isOnBatteryPower(): boolean {
    return this.onBatteryPower;
  }

  getSystemIdleTime(): number {
    return 0;
  }

  getSystemIdleState(): 'active' {
    return 'active';
  }
}

export const screen = new StandInScreen();
export const nativeTheme = new StandInTheme();
export const powerMonitor = new StandInPower();
screen satisfies Like<Electron.Screen>;
nativeTheme satisfies Like<Electron.NativeTheme>;
powerMonitor satisfies Like<Electron.PowerMonitor>;

/** Nothing is opened; `recorder.ts` notes what was asked for. */
export const shell = {
  openExternal: () => Promise.resolve(),
  openPath: () => Promise.resolve(''),
  showItemInFolder: () => undefined,
  beep: () => undefined,
};
shell satisfies Like<Electron.Shell>;

/** Nobody answers a dialog: the first button is taken. */
export const dialog = {
  showErrorBox: (title: string, content: string) => console.error(`${title}: ${content}`),
  showMessageBox: () => Promise.resolve({ response: 0, checkboxChecked: false }),
  showMessageBoxSync: () => 0,
};

let copied = '';
export const clipboard = {
  readText: () => Promise.resolve(copied),
  writeText: (text: string) => {
    copied = text;
    return Promise.resolve();
  },
};
