import { test as base, expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import type { Status } from '../src-main/contract/status.ts';
import type { SettingsView } from '../src-main/monitor/settings/settings-api.ts';
import { HeadlessPlimsoll } from './headless-door.ts';
import { calmSettings } from './settings.ts';
import type { Wanted } from './settings.ts';

/**
 * A running Plimsoll with one window to it. What a spec says through this holds for every door: today a browser on the
 * headless program. `sign-in.spec.ts` and `first-start.spec.ts` alone are about browsers.
 */
export interface Door {
  readonly page: Page;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly address: string;
  readonly printedAddress: string;
  /** Opens a view in the window, signed in. */
  enter(fragment?: string): Promise<void>;
  /** Writes the settings as an editor does; they are taken over within seconds. */
  writeSettings(settings: Wanted | string): void;
  /** The settings as they lie on disk. */
  readSettings(): string;
  /** The settings that are in force. */
  settings(): Promise<SettingsView>;
  changeSettings(change: (settings: SettingsView['settings']) => void): Promise<void>;
  /** The API through the owner's socket in the data directory. */
  api<Answer>(path: string, method?: 'GET' | 'POST' | 'PUT' | 'DELETE', body?: unknown): Promise<Answer>;
  status(): Promise<Status>;
  statusWhen(what: string, wanted: (status: Status) => boolean, withinMs?: number): Promise<Status>;
  freshAddress(): Promise<string>;
  /** Ends it in good order; fails the test unless it exits with 0 and leaves nothing running. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again where the window knows it to be. */
  restart(): Promise<void>;
  /** Names complaints of the page that a spec provokes. All others fail it. */
  tolerate(complaint: RegExp): void;
}

interface Options {
  /** What the door is opened with; null for a first start. */
  plimsoll: { settings: Wanted | null };
}

/** Every spec is also a test of the page: no error in its console, nothing that the content policy had to refuse. */
export const test = base.extend<Options & { door: Door }>({
  plimsoll: [{ settings: calmSettings() }, { option: true }],

  door: async ({ page, plimsoll }, use) => {
    const running = new HeadlessPlimsoll(plimsoll.settings);
    const complaints: string[] = [];
    const tolerated: RegExp[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    try {
      await running.start();
      await use(
        Object.assign(running, {
          page,
          enter: (fragment = '#/overview') => enter(page, running, fragment),
          tolerate: (complaint: RegExp) => void tolerated.push(complaint),
        }),
      );
      expect(complaints.filter((complaint) => !tolerated.some((known) => known.test(complaint)))).toEqual([]);
      await page.close();
      await running.stop();
    } finally {
      await running.discard();
    }
  },
});

async function enter(page: Page, running: HeadlessPlimsoll, fragment: string): Promise<void> {
  await running.statusWhen('start its stages', ({ stages }) =>
    stages.every(({ state }) => state === 'running'),
  );
  await page.goto(await running.freshAddress());
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page).not.toHaveURL(/code=/);
  await show(page, fragment);
}

/** Leads the window to a view as a link does. */
export async function show(page: Page, fragment: string): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), fragment);
}

export { expect };
