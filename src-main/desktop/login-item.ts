import { app } from 'electron';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { writeFileDurably } from '../base/durable-file.ts';
import { desktopEntry, isEnabledEntry } from './desktop-entry.ts';
import { hiddenFlag } from './start.ts';

/**
 * Whether Plimsoll starts when its owner logs in. The system's own place is the only record: macOS and Windows keep a
 * login item, Linux a file in the autostart folder of the XDG specification.
 */
export class LoginItem {
  /** Words after the program's path that make it this application: its folder, where Electron itself is the program. */
  readonly #programArguments = app.isPackaged ? [] : [app.getAppPath()];

  isOn(): boolean {
    if (process.platform !== 'linux') return app.getLoginItemSettings(this.#options()).openAtLogin;
    try {
      return isEnabledEntry(readFileSync(autostartFile(), 'utf8'));
    } catch {
      return false;
    }
  }

  /** Throws what the file system throws. */
  async turn(on: boolean): Promise<void> {
    if (process.platform !== 'linux') {
      app.setLoginItemSettings({ openAtLogin: on, ...this.#options() });
      return;
    }
    const file = autostartFile();
    if (!on) {
      rmSync(file, { force: true });
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    // An AppImage runs from a folder that is gone at the next login.
    const program = process.env['APPIMAGE'] ?? process.execPath;
    const entry = desktopEntry([program, ...this.#programArguments, hiddenFlag]);
    await writeFileDurably(file, Buffer.from(entry), { mode: 0o644 });
  }

  #options() {
    return process.platform === 'win32'
      ? { path: process.execPath, args: [...this.#programArguments.map((word) => `"${word}"`), hiddenFlag] }
      : {};
  }
}

function autostartFile(): string {
  const asked = process.env['XDG_CONFIG_HOME'];
  const config = asked !== undefined && isAbsolute(asked) ? asked : join(homedir(), '.config');
  return join(config, 'autostart', 'plimsoll.desktop');
}
