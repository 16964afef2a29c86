import type { Page } from '@playwright/test';
import { securityHeaders } from '../../src-main/hub/security-headers.ts';
import type { DesktopApp } from './desktop-app.ts';
import { malformedMessages } from './malformed.ts';
import { expect, test } from './test.ts';

/** How many windows there are and where they are, for Electron and for Chromium. */
async function whereabouts(app: DesktopApp) {
  return {
    windows: await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }) => webContents.getURL().split('#')[0]),
    ),
    pages: app.running.pages().map((page) => page.url().split('#')[0]),
    opened: await app.evaluate(() => globalThis.desktopRecorder.opened),
  };
}

test('every window is a sandboxed page without Node', async ({ app }) => {
  await app.window('popover');
  const all = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map(({ webContents }) => ({
      url: webContents.getURL(),
      // Electron has it, its typings have not.
      preferences: (webContents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences(),
    })),
  );
  expect(all).toHaveLength(2);
  for (const { url, preferences } of all) {
    expect(url).toMatch(/^plimsoll:\/\/app\/index\.html/);
    expect(preferences, url).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
  }
  for (const page of app.running.pages()) {
    const seen = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter(
        (name) => name in window,
      ),
      bridge: Object.keys(window.plimsoll ?? {}).sort(),
      isFrozen: Object.isFrozen(window.plimsoll),
    }));
    expect(seen).toEqual({ node: [], bridge: ['api', 'listen', 'shell', 'window'], isFrozen: true });
  }
});

test('every answer of the own scheme carries the policy, and the policy holds', async ({ app }) => {
  const page = await app.window('main');
  const headers = await page.evaluate(async () => {
    const found: Record<string, Record<string, string>> = {};
    for (const path of [
      'index.html',
      'marks/ok.svg',
      'nowhere.js',
      '../../package.json',
      '%2e%2e/main/desktop.mjs',
    ]) {
      const response = await fetch(path);
      found[path] = { status: String(response.status), ...Object.fromEntries(response.headers) };
    }
    return found;
  });
  for (const [path, found] of Object.entries(headers)) {
    for (const [name, value] of Object.entries(securityHeaders))
      expect(found[name.toLowerCase()], path).toBe(value);
    expect(found['status'], path).toBe(/index|marks/.test(path) ? '200' : '404');
  }
  expect(securityHeaders['Content-Security-Policy']).toMatch(/^default-src 'none'/);
  expect(securityHeaders['Content-Security-Policy']).not.toMatch(/unsafe|\*/);

  const held = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    );
    const script = document.createElement('script');
    script.textContent = 'window.smuggled = 1';
    document.body.append(script);
    const image = document.createElement('img');
    image.src = 'https://example.com/pixel.png';
    document.body.append(image);
    const frame = document.createElement('iframe');
    frame.src = 'https://example.com/';
    document.body.append(frame);
    await fetch('https://example.com/').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const element of [script, image, frame]) element.remove();
    return { violations: [...new Set(violations)].sort(), smuggled: 'smuggled' in window };
  });
  expect(held.smuggled).toBe(false);
  expect(held.violations).toEqual(['connect-src', 'frame-src', 'img-src', 'script-src-elem']);
});

test('no page is given a permission', async ({ app }) => {
  await app.window('popover');
  for (const page of app.running.pages()) {
    const states = await page.evaluate(async () => {
      const names = [
        'geolocation',
        'notifications',
        'camera',
        'microphone',
        'midi',
        'clipboard-read',
      ] as const;
      const found: Record<string, string> = { asked: await Notification.requestPermission() };
      for (const name of names) {
        found[name] = (await navigator.permissions.query({ name: name as PermissionName })).state;
      }
      found['media'] = await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'granted',
        () => 'denied',
      );
      return found;
    });
    expect(Object.entries(states).filter(([, state]) => state === 'granted')).toEqual([]);
    expect(states['asked']).toBe('denied');
  }
  // Chromium may say no by itself: what the application says is asked for as well.
  const asked = await app.evaluate(({ session }) => {
    const { requestHandler, checkHandler } = session.defaultSession as unknown as Record<
      string,
      ((...args: unknown[]) => unknown) | undefined
    >;
    if (requestHandler === undefined || checkHandler === undefined) return null;
    const granted: string[] = [];
    for (const name of [
      'media',
      'geolocation',
      'notifications',
      'fileSystem',
      'openExternal',
      'hid',
      'usb',
    ]) {
      requestHandler(null, name, (yes: boolean) => yes && granted.push(name), {});
      if (checkHandler(null, name, 'plimsoll://app', {}) !== false) granted.push(name);
    }
    return granted;
  });
  // Electron does not show its handlers; the stand-in does.
  if (asked !== null) expect(asked).toEqual([]);
});

const targets = [
  'https://example.com/',
  'http://example.com/',
  'http://127.0.0.1:80/',
  'http://169.254.169.254/latest/meta-data/',
  'https://extensions.gnome.org.evil.example/extension/615/',
  'file:///etc/passwd',
  'data:text/html,<script>alert(1)</script>',
  'javascript:void(window.smuggled = 1)',
  'about:blank',
  'blob:null/8c2f1c1e-0000-4000-8000-000000000000',
  'chrome://settings/',
  'devtools://devtools/bundled/inspector.html',
  'view-source:https://example.com/',
  'mailto:someone@example.com',
  'ftp://example.com/',
];

const ways: Record<string, (page: Page, target: string) => Promise<unknown>> = {
  'going there': (page, target) =>
    page.evaluate((url) => {
      location.href = url;
    }, target),
  'a window of its own': (page, target) =>
    page.evaluate((url) => {
      window.open(url, '_blank');
    }, target),
  'a link that is clicked': (page, target) => clickLink(page, target, ''),
  'a link with a target that is clicked': (page, target) => clickLink(page, target, '_blank'),
  'a form that is sent': (page, target) =>
    page.evaluate((url) => {
      const form = document.createElement('form');
      form.action = url;
      document.body.append(form);
      form.submit();
      form.remove();
    }, target),
};

/** A real click: Chromium blocks what a script opens by itself. */
async function clickLink(page: Page, target: string, frame: string): Promise<void> {
  await page.evaluate(
    ([url, where]) => {
      const link = document.createElement('a');
      link.href = url!;
      link.target = where!;
      link.id = 'way-out';
      link.textContent = 'way out';
      link.className = 'way-out';
      document.body.prepend(link);
    },
    [target, frame],
  );
  await page.locator('#way-out').dispatchEvent('click');
  await page.evaluate(() => document.querySelector('#way-out')?.remove());
}

for (const [way, go] of Object.entries(ways)) {
  test(`no page leaves the interface: ${way}, ${targets.length} targets`, async ({ app }) => {
    const page = await app.window('main');
    await app.window('popover');
    const before = await whereabouts(app);
    expect(before.opened).toEqual([]);
    for (const target of targets) {
      // A script may be refused at once, with an error of its own.
      await go(page, target).catch(() => undefined);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 30)));
    }
    await page.waitForTimeout(400);
    expect(await whereabouts(app)).toEqual(before);
    expect(await page.evaluate(() => 'smuggled' in window)).toBe(false);
    expect(await page.evaluate(() => window.plimsoll!.window)).toBe('main');
  });
}

test('only the one address that the interface links to is handed to the browser', async ({ app }) => {
  const page = await app.window('main');
  const allowed = 'https://extensions.gnome.org/extension/615/appindicator-support/';
  await page.evaluate((url) => void window.open(url), allowed);
  await expect.poll(async () => (await whereabouts(app)).opened).toEqual([allowed]);
  expect((await whereabouts(app)).windows).toHaveLength(2);
});

test('a page that is not one of our windows is refused', async ({ app }) => {
  await app.evaluate(async ({ BrowserWindow }) => {
    const ours = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
      getLastWebPreferences(): Electron.WebPreferences;
    };
    const { preload, additionalArguments } = ours.getLastWebPreferences();
    const stranger = new BrowserWindow({
      show: false,
      title: 'stranger',
      webPreferences: { preload: preload!, additionalArguments: additionalArguments!, sandbox: true },
    });
    await stranger.loadURL('plimsoll://app/index.html#/stranger');
  });
  const page = await app.until('open a stranger', () =>
    Promise.resolve(app.running.pages().find((each) => each.url().endsWith('#/stranger'))),
  );
  const answers = await page.evaluate(async () => ({
    api: await window.plimsoll!.api({ method: 'GET', path: '/api/v1/settings', headers: {}, body: null }),
    shell: await window.plimsoll!.shell({ action: 'facts' }).then(
      () => 'answered',
      (error: unknown) => String(error),
    ),
  }));
  expect(answers.api.status).toBe(403);
  expect(JSON.parse(answers.api.body)).toMatchObject({ error: { code: 'forbidden' } });
  expect(answers.shell).toContain('Only a window of Plimsoll may ask this.');
});

test('a sender at a wrong address is refused, on every channel', async ({ app }) => {
  const addresses = [
    'https://example.com/',
    'plimsoll://evil/index.html',
    'plimsoll://app.evil.example/index.html',
    'plimsoll://app@evil.example/index.html',
    'file:///index.html',
    'about:blank',
    '',
  ];
  const answers = await app.evaluate(async ({ BrowserWindow, ipcMain }, wrong: string[]) => {
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => unknown> })
      ._invokeHandlers;
    const sender = BrowserWindow.getAllWindows()[0]!.webContents;
    const page = 'plimsoll://app/index.html';
    const frames = [
      ...wrong.map((url) => ({ url, parent: null })),
      { url: page, parent: { url: page, parent: null } },
      null,
    ];
    const call = { method: 'GET', path: '/api/v1/settings', headers: {}, body: null };
    const found: unknown[] = [];
    for (const senderFrame of frames) {
      found.push(await handlers.get('plimsoll:api')?.({ sender, senderFrame }, call));
      found.push(await handlers.get('plimsoll:shell')?.({ sender, senderFrame }, { action: 'facts' }));
    }
    return { found, channels: [...handlers.keys()].sort() };
  }, addresses);
  expect(answers.channels).toEqual(['plimsoll:api', 'plimsoll:shell']);
  expect(answers.found).toHaveLength(18);
  for (const answer of answers.found) expect(JSON.stringify(answer)).toContain('forbidden');
});

test('1,000 malformed messages change nothing, and each is answered with a coded error', async ({ app }) => {
  const page = await app.window('main');
  const before = await app.settings();
  const messages = malformedMessages(1000);
  const answers = await app.evaluate(async ({ BrowserWindow, ipcMain }, all: unknown[]) => {
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => unknown> })
      ._invokeHandlers;
    const sender = BrowserWindow.getAllWindows().find(
      ({ webContents }) => !webContents.getURL().includes('popover'),
    )!.webContents;
    const event = { sender, senderFrame: sender.mainFrame };
    const wrong: unknown[] = [];
    for (const [index, message] of all.entries()) {
      const answer = (await handlers.get('plimsoll:api')?.(event, message)) as {
        status: number;
        body: string;
      };
      const shell = (await handlers.get('plimsoll:shell')?.(event, message)) as { error?: { code?: string } };
      const code = (JSON.parse(answer.body) as { error?: { code?: string } }).error?.code;
      const isRight = answer.status >= 400 && answer.status < 500 && typeof code === 'string';
      if (!isRight || typeof shell.error?.code !== 'string') wrong.push({ index, message, answer, shell });
    }
    return wrong.slice(0, 5);
  }, messages);
  expect(answers).toEqual([]);

  // The same through the page, as far as they get there.
  const fromPage = await page.evaluate(
    (all) =>
      Promise.all(
        all.map((message) =>
          window.plimsoll!.api(message as never).then(
            ({ status }) => status,
            () => 400,
          ),
        ),
      ),
    // What is nested too deeply does not get out of the browser, under Electron as little.
    messages.filter((message) => !Array.isArray(message)).slice(0, 200),
  );
  expect(fromPage.filter((status) => status < 400 || status >= 500)).toEqual([]);
  expect(await app.settings()).toEqual(before);
  expect((await app.status()).notices).toEqual([]);
});
