import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { Words } from './words.ts';

/** The menu bar that system conventions require, so that copying and quitting work by keyboard everywhere. */
export function setMenuBar(words: Words, onQuit: () => void): void {
  const edit: MenuItemConstructorOptions = {
    label: words.edit,
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: words.file,
    submenu: [
      { role: 'close' },
      { type: 'separator' },
      { label: words.quit, accelerator: 'CommandOrControl+Q', click: onQuit },
    ],
  };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      process.platform === 'darwin' ? [{ role: 'appMenu' }, edit, { role: 'windowMenu' }] : [file, edit],
    ),
  );
}
