import type { Page, Route } from '@playwright/test';
import { ownAddress, shownAddress } from './address.ts';
import type { Application, Opening, Size } from './questions.ts';
import { realmScript } from './realm.ts';
import type { FromRealm, ToRealm } from './realm.ts';

const line = '__plimsollStandIn';

/** One window of the application as a page in Chromium. */
export class WindowPage {
  readonly id: number;
  #page: Page;
  readonly #newPage: () => Promise<Page>;
  readonly #opening: Opening;
  readonly #application: Application;
  #visible: boolean;
  #url = '';
  #isClosing = false;
  /** The load that is under way. A page that is closed before its end makes Playwright throw where nobody can catch. */
  #busy: Promise<unknown> = Promise.resolve();
  /** Messages that the page has not taken yet, and the page's waiting question. */
  #mailbox: ToRealm[] = [];
  #taker: { page: number; resolve: (messages: ToRealm[]) => void } | null = null;

  private constructor(
    id: number,
    page: Page,
    newPage: () => Promise<Page>,
    opening: Opening,
    to: Application,
  ) {
    this.id = id;
    this.#page = page;
    this.#newPage = newPage;
    this.#opening = opening;
    this.#application = to;
    this.#visible = opening.visible;
  }

  static async open(
    id: number,
    newPage: () => Promise<Page>,
    opening: Opening,
    to: Application,
  ): Promise<WindowPage> {
    const window = new WindowPage(id, await newPage(), newPage, opening, to);
    await window.#furnish();
    return window;
  }

  get page(): Page {
    return this.#page;
  }

  async #furnish(): Promise<void> {
    const page = this.#page;
    const { args, width, height, preload } = this.#opening;
    await page.setViewportSize({ width, height });
    await page.exposeBinding(line, ({ frame }, message: FromRealm) => {
      const sender = {
        window: this.id,
        url: ownAddress(frame.url()),
        isMainFrame: frame === page.mainFrame(),
      };
      switch (message.kind) {
        case 'take':
          return this.#take(message.page);
        case 'invoke':
          return this.#application
            .invoke(sender, message.channel, message.args)
            .catch((error: unknown) => ({ error: String(error) }));
        case 'post':
          return this.#application.post(sender, message.channel, message.args);
        case 'navigate':
          return this.#navigate(message.url);
        case 'popup':
          return this.popup(message.url);
      }
    });
    const facts = { line, args, visible: this.#visible, platform: process.platform };
    await page.addInitScript({ content: realmScript(preload, facts) });
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame() || frame.url() === 'about:blank') return;
      this.#tell((application) => application.moved(this.id, ownAddress(frame.url())));
    });
    page.on('load', () => this.#tell((application) => application.loaded(this.id, ownAddress(page.url()))));
    page.on('crash', () => this.#tell((application) => application.crashed(this.id)));
    page.on('console', (message) =>
      this.#tell((application) => application.said(this.id, message.type(), message.text())),
    );
  }

  #tell(what: (application: Application) => Promise<unknown>): void {
    if (!this.#isClosing) what(this.#application).catch(() => undefined);
  }

  #take(page: number): Promise<ToRealm[]> {
    return new Promise((resolve) => {
      // The question of a page that has gone is never answered.
      this.#taker = { page, resolve };
      this.#hand();
    });
  }

  #hand(): void {
    if (this.#taker === null || this.#mailbox.length === 0) return;
    const { resolve } = this.#taker;
    this.#taker = null;
    resolve(this.#mailbox.splice(0));
  }

  send(message: ToRealm): void {
    this.#mailbox.push(message);
    this.#hand();
  }

  show(visible: boolean): void {
    this.#visible = visible;
    this.send({ visible });
  }

  /** Resolves when the page is loaded. */
  async load(url: string): Promise<void> {
    this.#url = url;
    if (isBroken(this.#page)) await this.#replace();
    await this.#busyWith(this.#page.goto(shownAddress(url), { waitUntil: 'load' }));
  }

  async reload(): Promise<void> {
    if (isBroken(this.#page)) await this.load(this.#url);
    else await this.#busyWith(this.#page.reload());
  }

  async #busyWith(loading: Promise<unknown>): Promise<void> {
    this.#busy = loading.catch(() => undefined);
    await loading;
  }

  /** A page that has crashed stays broken for Playwright: the window gets another. */
  async #replace(): Promise<void> {
    const broken = this.#page;
    this.#mailbox = [];
    this.#taker = null;
    this.#page = await this.#newPage();
    await this.#furnish();
    await broken.close().catch(() => undefined);
  }

  async #navigate(url: string): Promise<void> {
    if (await this.#application.navigate(this.id, ownAddress(url))) await this.load(ownAddress(url));
  }

  /** A page wants a window. What the application lets it have is a page that no window owns. */
  async popup(url: string): Promise<boolean> {
    const isAllowed = await this.#application.popup(this.id, ownAddress(url));
    if (isAllowed) await this.#newPage();
    return isAllowed;
  }

  resize(size: Size): Promise<void> {
    return this.#page.setViewportSize(size);
  }

  run(code: string): Promise<unknown> {
    return this.#page.evaluate(code);
  }

  async crash(): Promise<void> {
    const session = await this.#page.context().newCDPSession(this.#page);
    broken.add(this.#page);
    // The renderer dies before it can answer.
    session.send('Page.crash').catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#busy;
    await this.#page.close().catch(() => undefined);
  }
}

const broken = new WeakSet<Page>();
const isBroken = (page: Page): boolean => broken.has(page) || page.isClosed();

/** Answers a request of a page from the application's scheme; there is no network. */
export async function serve(route: Route, application: Application): Promise<void> {
  const request = route.request();
  const url = ownAddress(request.url());
  const body = request.postDataBuffer();
  const answer =
    url === request.url()
      ? null
      : await application
          .fetch({
            url,
            method: request.method(),
            headers: await request.allHeaders(),
            body: body === null ? null : new Uint8Array(body),
          })
          .catch(() => null);
  if (answer === null) await route.abort('addressunreachable').catch(() => undefined);
  else await route.fulfill({ ...answer, body: Buffer.from(answer.body) }).catch(() => undefined);
}
