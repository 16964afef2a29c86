import electron from 'electron';
import type { NativeImage, Notification, Tray } from 'electron';
import { createHash } from 'node:crypto';

/*
 * Loaded before the application, under Electron as under the stand-in: notes what reaches the desktop outside of windows,
 * where no test can look, and acts on it as a person would. Electron's classes keep their methods on their prototypes, so
 * whoever holds a tray calls what is put there.
 */

/** What is read of Electron's menus. */
interface Item {
  id: string;
  label: string;
  type: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean;
  submenu?: Items | undefined;
  click: unknown;
}
interface Items {
  items: Item[];
}

export interface TrayView {
  /** The file that the picture was read from, or the hash of its bytes. */
  image: string;
  toolTip: string;
  menu: MenuView[];
  /** When a picture was set, epoch milliseconds, the first one included where it can be seen. */
  imageTimes: number[];
  menusSet: number;
}

export interface MenuView {
  id: string;
  label: string;
  type: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean;
  items: MenuView[];
}

export interface NotificationView {
  title: string;
  body: string;
  urgency: string;
  actions: string[];
  isOpen: boolean;
}

export interface Recorder {
  tray(): TrayView | null;
  /** Chooses an item by the labels or ids that lead to it. Throws when there is none or it cannot be chosen. */
  choose(...path: string[]): void;
  clickTray(): void;
  notifications(): NotificationView[];
  clickNotification(index: number): void;
  /** Presses one of a notification's buttons. */
  pressAction(index: number, label: string): void;
  /** Addresses that were handed to the system's browser. */
  readonly opened: string[];
  forgetImageTimes(): void;
}

const trays = new Map<
  Tray,
  { image: string; toolTip: string; menu: Items | null; times: number[]; menus: number }
>();
const notifications: { notification: Notification; isOpen: boolean }[] = [];
const sources = new WeakMap<object, string>();
const opened: string[] = [];

const trayNotes = (tray: Tray) => {
  const found = trays.get(tray) ?? { image: '', toolTip: '', menu: null, times: [], menus: 0 };
  trays.set(tray, found);
  return found;
};

const { Tray: trayClass, Notification: notificationClass, nativeImage, shell } = electron;
const imageFromPath = nativeImage.createFromPath.bind(nativeImage);
nativeImage.createFromPath = (path) => {
  const image = imageFromPath(path);
  sources.set(image, path);
  return image;
};
before(trayClass.prototype, 'setImage', (tray: Tray, image: NativeImage | string) => {
  const notes = trayNotes(tray);
  notes.image = nameOf(image);
  notes.times.push(Date.now());
});
before(trayClass.prototype, 'setToolTip', (tray: Tray, text: string) => {
  trayNotes(tray).toolTip = text;
});
before(trayClass.prototype, 'setContextMenu', (tray: Tray, menu: Items | null) => {
  const notes = trayNotes(tray);
  notes.menu = menu;
  notes.menus += 1;
});
before(trayClass.prototype, 'popUpContextMenu', (tray: Tray, menu?: Items) => {
  if (menu !== undefined) trayNotes(tray).menu = menu;
});
before(trayClass.prototype, 'destroy', (tray: Tray) => void trays.delete(tray));
before(notificationClass.prototype, 'show', (notification: Notification) => {
  const shown = { notification, isOpen: true };
  notifications.push(shown);
  notification.on('close', () => (shown.isOpen = false));
});
before(notificationClass.prototype, 'close', (notification: Notification) => {
  for (const shown of notifications) if (shown.notification === notification) shown.isOpen = false;
});
shell.openExternal = (url) => {
  opened.push(url);
  return Promise.resolve();
};

function before<T extends object>(on: T, method: string, note: (self: T, ...args: never[]) => void): void {
  const own = Reflect.get(on, method) as (...args: unknown[]) => unknown;
  const noted = function (this: T, ...args: never[]): unknown {
    const result = own.apply(this, args);
    note(this, ...args);
    return result;
  };
  Reflect.set(on, method, noted);
}

function nameOf(image: NativeImage | string): string {
  if (typeof image === 'string') return image;
  return sources.get(image) ?? createHash('sha256').update(image.toPNG()).digest('hex');
}

function view(menu: Items | null | undefined): MenuView[] {
  return (menu?.items ?? []).map(({ id, label, type, enabled, visible, checked, submenu }) => ({
    id,
    label,
    type,
    enabled,
    visible,
    checked,
    items: view(submenu),
  }));
}

const theTray = () => [...trays.entries()].at(-1);
const theNotification = (index: number) => {
  const found = notifications.at(index)?.notification;
  if (found === undefined) throw new Error(`there is no notification ${index}`);
  return found;
};

const recorder: Recorder = {
  opened,
  tray() {
    const [, notes] = theTray() ?? [];
    if (notes === undefined) return null;
    const { image, toolTip, menu, times, menus } = notes;
    return { image, toolTip, menu: view(menu), imageTimes: times, menusSet: menus };
  },
  choose(...path) {
    let menu = theTray()?.[1].menu;
    let item: Item | undefined;
    for (const word of path) {
      item = menu?.items.find((each) => (each.label === word || each.id === word) && each.visible);
      menu = item?.submenu;
    }
    if (item?.enabled !== true) throw new Error(`${path.join(' › ')} is not in the menu or cannot be chosen`);
    (item.click as () => void)();
  },
  clickTray() {
    theTray()?.[0].emit('click', {}, { x: 0, y: 0, width: 0, height: 0 }, { x: 0, y: 0 });
  },
  notifications: () =>
    notifications.map(({ notification: { title, body, urgency, actions }, isOpen }) => ({
      title,
      body,
      urgency,
      actions: actions.map(({ text }) => text ?? ''),
      isOpen,
    })),
  clickNotification(index) {
    theNotification(index).emit('click', {});
  },
  pressAction(index, label) {
    const notification = theNotification(index);
    const actionIndex = notification.actions.findIndex(({ text }) => text === label);
    if (actionIndex === -1) throw new Error(`the notification has no button ${label}`);
    notification.emit('action', { actionIndex, selectionIndex: -1 }, actionIndex, -1);
  },
  forgetImageTimes() {
    for (const notes of trays.values()) notes.times = [];
  },
};
Object.defineProperty(globalThis, 'desktopRecorder', { value: recorder });
