import type { Browser, BrowserContext, Page, Request } from '@playwright/test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './line.ts';
import type { Wire } from './line.ts';
import type { Application, Display } from './questions.ts';
import { WindowPage, serve } from './window-page.ts';

/** Shows the windows of one application after the other; what their pages store stays from one to the next. */
export class ChromiumDisplay {
  readonly #context: BrowserContext;
  #windows = new Map<number, WindowPage>();
  /** Pages that were opened by a page and not by the application: links with a target, forms. */
  readonly #popups = new WeakSet<Page>();
  #emptied: Promise<void> = Promise.resolve();
  /** Where popups wanted to go. */
  readonly #wanted: string[] = [];
  #making = 0;
  /** Addresses that a page asked for outside of the application's scheme. */
  readonly outside: string[] = [];

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  static async open(browser: Browser): Promise<ChromiumDisplay> {
    return new ChromiumDisplay(await browser.newContext({ viewport: null, locale: 'en-US' }));
  }

  get context(): BrowserContext {
    return this.#context;
  }

  /** Every page there is, also one that no window owns. */
  pages(): Page[] {
    return this.#context.pages();
  }

  /** Resolves when the application that was attached last is gone, and its pages with it. */
  get emptied(): Promise<void> {
    return this.#emptied;
  }

  page(window: number): Page | undefined {
    return this.#windows.get(window)?.page;
  }

  /** Takes an application in: from now on it opens its windows here. */
  async attach(wire: Wire): Promise<Application> {
    const windows = new Map<number, WindowPage>();
    const opening = new Map<number, Promise<WindowPage>>();
    this.#windows = windows;
    const of = (id: number): WindowPage => {
      const window = windows.get(id);
      if (window === undefined) throw new Error(`no window ${id}`);
      return window;
    };
    const own: Display = {
      open: async (id, wanted) => {
        const opened = WindowPage.open(id, () => this.#newPage(), wanted, application);
        opening.set(id, opened);
        windows.set(id, await opened);
      },
      load: async (id, url, permissions) => {
        await this.#context.clearPermissions();
        await this.#context.grantPermissions(permissions);
        await of(id).load(url);
      },
      reload: (id) => of(id).reload(),
      send: async (id, channel, args) => (await opening.get(id))?.send({ channel, args }),
      show: async (id, visible) => (await opening.get(id))?.show(visible),
      resize: async (id, size) => (await opening.get(id))?.resize(size),
      run: (id, code) => of(id).run(code),
      crash: (id) => of(id).crash(),
      close: async (id) => {
        const window = await opening.get(id);
        windows.delete(id);
        await window?.close();
      },
      appearance: async (dark) => {
        const colorScheme = dark ? 'dark' : 'light';
        await Promise.all(this.pages().map((page) => page.emulateMedia({ colorScheme })));
      },
    };
    const application = connect<Application, Display>(wire, own);
    this.#emptied = new Promise((resolve) => {
      wire.onCut(() => {
        // A page that is still being made is closed when it is there: Playwright cannot take back half of one.
        const closed = [...opening.values()].map((opened) => opened.then((window) => inTime(window.close())));
        void Promise.allSettled(closed).then(() => resolve());
      });
    });

    await this.#context.unrouteAll({ behavior: 'ignoreErrors' });
    await this.#context.route('**/*', (route) => {
      if (this.#isOfPopup(route.request())) {
        this.#wanted.push(route.request().url());
        return route.abort('aborted').catch(() => undefined);
      }
      if (!/^http:\/\/[^/]+\.localhost\//.test(route.request().url()))
        this.outside.push(route.request().url());
      return serve(route, application);
    });
    this.#context.removeAllListeners('page');
    this.#context.on('page', (page) => void this.#popup(page, windows));
    return application;
  }

  async #popup(page: Page, windows: Map<number, WindowPage>): Promise<void> {
    if (this.#making > 0) return;
    this.#popups.add(page);
    const opener = await page.opener();
    const owner = [...windows.values()].find((window) => window.page === opener) ?? [...windows.values()][0];
    for (let looks = 0; looks < 10 && this.#wanted.length === 0; looks += 1) await pause(20);
    const isAllowed = await owner?.popup(this.#wanted.shift() ?? page.url()).catch(() => false);
    if (isAllowed !== true) await page.close().catch(() => undefined);
  }

  /** The first request of a popup comes before Playwright knows its frame. */
  #isOfPopup(request: Request): boolean {
    try {
      return this.#popups.has(request.frame().page());
    } catch {
      return this.#making === 0;
    }
  }

  async #newPage(): Promise<Page> {
    this.#making += 1;
    try {
      return await this.#context.newPage();
    } finally {
      this.#making -= 1;
    }
  }

  close(): Promise<void> {
    return inTime(this.#context.close());
  }
}

const closeWithinMs = 5000;

/** A page that was sent elsewhere while its application died sometimes never says that it is closed. It ends with the browser. */
async function inTime(closing: Promise<void>): Promise<void> {
  await Promise.race([closing.catch(() => undefined), pause(closeWithinMs)]);
}
