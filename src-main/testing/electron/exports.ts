export { app } from './app.ts';
export { StandInBrowserWindow as BrowserWindow } from './browser-window.ts';
export { ipcMain } from './ipc-main.ts';
export { StandInMenu as Menu, StandInMenuItem as MenuItem } from './menu.ts';
export { nativeImage } from './native-image.ts';
export { StandInNotification as Notification } from './notification.ts';
export { protocol } from './protocol.ts';
export { safeStorage } from './safe-storage.ts';
export { session } from './session.ts';
export { clipboard, dialog, nativeTheme, powerMonitor, screen, shell } from './surroundings.ts';
export { StandInTray as Tray } from './tray.ts';
export { utilityProcess } from './utility-process.ts';

/** Absent in the main process; electron-store asks whether it is there. */
export const ipcRenderer = undefined;
