import { app } from 'electron';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { writeFileDurably } from '../base/durable-file.ts';
import { desktopEntry, isEnabledEntry } from './desktop-entry.ts';
import { hiddenFlag } from './start.ts';

/**
 * Whether Plimsoll starts when its owner logs in. Stored only in the system's own place: a login item on macOS and
 * Windows, a file in the XDG autostart folder on Linux.
 */
export class LoginItem {
  /** Arguments that start this application: its folder if the program is a bare Electron. */
  readonly #programArguments = app.isPackaged ? [] : [app.getAppPath()];

  isOn(): boolean {
    if (process.platform !== 'linux') return app.getLoginItemSettings(this.#options()).openAtLogin;
    try {
      return isEnabledEntry(readFileSync(autostartFile(), 'utf8'));
    } catch {
      return false;
    }
  }

  /** Throws file system errors. */
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
    // An AppImage runs from a mount that is gone at the next login.
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
