import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import type { Like } from './like.ts';

type Template = Electron.MenuItemConstructorOptions | StandInMenuItem;

export class StandInMenuItem {
  readonly id: string;
  readonly type: NonNullable<Electron.MenuItemConstructorOptions['type']>;
  readonly role: Electron.MenuItemConstructorOptions['role'];
  readonly submenu: StandInMenu | undefined;
  label: string;
  sublabel: string;
  toolTip: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean;
  readonly #onClick: ((item: StandInMenuItem) => void) | undefined;

  constructor(options: Electron.MenuItemConstructorOptions) {
    const { submenu } = options;
    this.id = options.id ?? '';
    this.type = options.type ?? (submenu === undefined ? 'normal' : 'submenu');
    this.role = options.role;
    this.submenu = Array.isArray(submenu)
      ? StandInMenu.buildFromTemplate(submenu)
      : (submenu as StandInMenu | undefined);
    this.label = options.label ?? options.role ?? '';
    this.sublabel = options.sublabel ?? '';
    this.toolTip = options.toolTip ?? '';
    this.enabled = options.enabled ?? true;
    this.visible = options.visible ?? true;
    this.checked = options.checked ?? false;
    this.#onClick = options.click as ((item: StandInMenuItem) => void) | undefined;
  }

  /** As a person does: a check box changes first, and what is disabled does nothing. */
  click(): void {
    if (!this.enabled) return;
    if (this.type === 'checkbox') this.checked = !this.checked;
    if (this.type === 'radio') this.checked = true;
    this.#onClick?.(this);
  }
}

export class StandInMenu extends EventEmitter {
  static #application: StandInMenu | null = null;
  readonly items: StandInMenuItem[] = [];

  static buildFromTemplate(template: readonly Template[]): StandInMenu {
    const menu = new StandInMenu();
    for (const each of template) {
      menu.append(each instanceof StandInMenuItem ? each : new StandInMenuItem(each));
    }
    return menu;
  }

  static setApplicationMenu(menu: StandInMenu | null): void {
    StandInMenu.#application = menu;
  }

  static getApplicationMenu(): StandInMenu | null {
    return StandInMenu.#application;
  }

  append(item: StandInMenuItem): void {
    this.items.push(item);
  }

  getMenuItemById(id: string): StandInMenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found !== undefined && found !== null) return found;
    }
    return null;
  }

  popup(): void {
    this.emit('menu-will-show');
  }

  closePopup(): void {
    this.emit('menu-will-close');
  }
}

null as unknown as StandInMenuItem satisfies Like<Electron.MenuItem, 'submenu' | 'role' | 'click'>;
null as unknown as StandInMenu satisfies Like<Electron.Menu, 'items' | 'append' | 'getMenuItemById'>;
