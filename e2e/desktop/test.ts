import { test as base, expect } from '@playwright/test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DesktopApp, builtEntry, openStage } from './desktop-app.ts';
import type { Stage } from './desktop-app.ts';

/** Starts desktops on one folder of data, one after the other or two at once. */
export interface Desktop {
  readonly userData: string;
  /** Specs that break the built bundle on purpose name their own. */
  start(args?: readonly string[], entry?: string): Promise<DesktopApp>;
}

interface Fixtures {
  stage: Stage;
  /** A folder for this test alone. */
  folder: string;
  desktop: Desktop;
  /** A desktop that has been started, shown its window, and taken its first sample. */
  app: DesktopApp;
}

let named = '';

/** A home that nobody else uses, on a desktop that shows tray icons. */
function environment(home: string): NodeJS.ProcessEnv {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  const watcher = join(bin, 'dbus-send');
  writeFileSync(watcher, '#!/bin/sh\necho "   boolean true"\n', { mode: 0o755 });
  return {
    PATH: [bin, process.env['PATH']].join(delimiter),
    HOME: home,
    USERPROFILE: home,
    APPDATA: home,
    LOCALAPPDATA: home,
    DISPLAY: process.env['DISPLAY'] ?? ':0',
    LANG: 'en_US.UTF-8',
  };
}

export const test = base.extend<Fixtures>({
  stage: async ({ browser }, use) => {
    const stage = await openStage(browser);
    if (stage.name !== named) console.log(`The desktop runs on ${stage.name}.`);
    named = stage.name;
    await use(stage);
    await stage.close();
  },

  folder: async ({ browserName }, use) => {
    const folder = mkdtempSync(join(tmpdir(), `plimsoll-${browserName}-`));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },

  desktop: async ({ stage, folder }, use) => {
    const userData = join(folder, 'data');
    mkdirSync(userData);
    const apps: DesktopApp[] = [];
    await use({
      userData,
      async start(args = [], entry = builtEntry) {
        const words = [`--data=${userData}`, ...args];
        const app = new DesktopApp(await stage.start({ entry, args: words, env: environment(folder) }));
        apps.push(app);
        return app;
      },
    });
    for (const { running } of apps) await running.discard();
  },

  app: async ({ desktop }, use) => {
    const app = await desktop.start();
    await app.window('main');
    await app.statusWhen('take a sample', ({ latest }) => latest.length > 0);
    await use(app);
  },
});

export { expect };
