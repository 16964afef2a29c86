import type { Browser, Page } from '@playwright/test';
import type * as Electron from 'electron';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DesktopBridge } from '../../src-main/contract/desktop-bridge.ts';
import type { Status } from '../../src-main/contract/status.ts';
import type { SettingsView } from '../../src-main/monitor/settings/settings-api.ts';
import type { Recorder } from '../../src-main/testing/electron/recorder.ts';
import { electronBinary, onElectron } from './on-electron.ts';
import { onStandIn } from './on-stand-in.ts';

declare global {
  interface Window {
    readonly plimsoll?: DesktopBridge;
  }
  var desktopRecorder: Recorder;
}

type ElectronModule = typeof Electron;

/** What both ways of running the desktop give: its process, its pages, and code that runs inside it. */
export interface Running {
  readonly process: ChildProcess;
  output(): string;
  pages(): Page[];
  evaluate(source: string, argument: unknown): Promise<unknown>;
  readonly ended: Promise<number | string>;
  /** Leaves nothing behind, however it stands. */
  discard(): Promise<void>;
}

/** Where windows are shown. On the stand-in it stays over a restart, with what pages have stored. */
export interface Stage {
  readonly name: string;
  start(start: Start): Promise<Running>;
  close(): Promise<void>;
}

export interface Start {
  /** The built main bundle. */
  entry: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** Electron where its binary is, otherwise the stand-in. */
export function openStage(browser: Browser): Promise<Stage> {
  const binary = electronBinary();
  return binary === null ? onStandIn(browser) : onElectron(binary);
}

export const builtEntry = join(import.meta.dirname, '../../dist/main/desktop.mjs');

/** A running desktop, as specs speak of it. */
export class DesktopApp {
  readonly running: Running;

  constructor(running: Running) {
    this.running = running;
  }

  /** Runs a function inside the main process, with Electron. It must not refer to anything outside of itself. */
  async evaluate<R, A = undefined>(
    run: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R> {
    return (await this.running.evaluate(run.toString(), argument)) as R;
  }

  /** The page of one of our windows, once it is there. */
  window(kind: DesktopBridge['window']): Promise<Page> {
    return this.until(`show its ${kind} window`, async () => {
      for (const page of this.running.pages()) {
        const found = await page.evaluate(() => window.plimsoll!.window).catch(() => null);
        if (found === kind) return page;
      }
      return undefined;
    });
  }

  /** Whether a window is visible to its owner; false when there is none. */
  async isVisible(kind: DesktopBridge['window']): Promise<boolean> {
    return this.evaluate(
      ({ BrowserWindow }, popover) =>
        BrowserWindow.getAllWindows().some(
          (window) => window.webContents.getURL().includes('#/popover') === popover && window.isVisible(),
        ),
      kind === 'popover',
    );
  }

  tray() {
    return this.evaluate(() => globalThis.desktopRecorder.tray());
  }

  notifications() {
    return this.evaluate(() => globalThis.desktopRecorder.notifications());
  }

  clickTray() {
    return this.evaluate(() => globalThis.desktopRecorder.clickTray());
  }

  choose(...labels: string[]) {
    return this.evaluate((_electron, path: string[]) => globalThis.desktopRecorder.choose(...path), labels);
  }

  /** The API over the bridge of whichever window there is. */
  async api<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    const page = await this.until('have a page', () => Promise.resolve(this.running.pages()[0]));
    const request = {
      method,
      path: `/api/v1/${path}`,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const answer = await page.evaluate((call) => window.plimsoll!.api(call), request);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return (answer.body === '' ? null : JSON.parse(answer.body)) as Answer;
  }

  status(): Promise<Status> {
    return this.api<Status>('status');
  }

  statusWhen(what: string, wanted: (status: Status) => boolean, withinMs = 10_000): Promise<Status> {
    return this.until(
      what,
      async () => {
        const status = await this.status();
        return wanted(status) ? status : undefined;
      },
      withinMs,
    );
  }

  settings(): Promise<SettingsView> {
    return this.api<SettingsView>('settings');
  }

  async changeSettings(change: (settings: SettingsView['settings']) => void): Promise<void> {
    const { settings, revision } = await this.settings();
    change(settings);
    await this.api('settings', 'PUT', { settings, revision });
  }

  /** Quits as its owner does, and returns the exit code. */
  async quit(): Promise<number | string> {
    await this.evaluate(({ app }) => void setTimeout(() => app.quit(), 1)).catch(() => undefined);
    return this.hasEnded();
  }

  /** Resolves when the process has ended; throws when it has not within ten seconds. */
  hasEnded(withinMs = 10_000): Promise<number | string> {
    const tooLate = pause(withinMs, undefined, { ref: false }).then(() => this.#complain('did not end'));
    return Promise.race([this.running.ended, tooLate]);
  }

  async until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
    const deadline = performance.now() + withinMs;
    let last = '';
    while (performance.now() < deadline) {
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (thrown) {
        last = ` (${thrown instanceof Error ? thrown.message : 'something was thrown'})`;
      }
      if (this.running.process.exitCode !== null) this.#complain('ended');
      await pause(20);
    }
    return this.#complain(`did not ${what} within ${withinMs} ms${last}`);
  }

  #complain(what: string): never {
    throw new Error(`Plimsoll ${what}. It had said:\n${this.running.output()}`);
  }
}
