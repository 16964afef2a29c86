import { app, session, shell } from 'electron';
import type { WebContents } from 'electron';
import type { Log } from '../base/log.ts';
import { isPage } from './interface-pages.ts';
import { mayOpenOutside } from './page-rules.ts';

/**
 * Denies everything to all present and future pages: leaving the interface, opening windows, embedding pages,
 * permissions, devices, downloads. Call it when the application is ready and before the first window.
 */
export function denyByDefault(log: Log): void {
  app.on('web-contents-created', (_event, contents) => confine(contents, log));
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, permission, decide) => {
    log.warn('a page asked for a permission and did not get it', { permission });
    decide(false);
  });
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.setDisplayMediaRequestHandler((_request, decide) => decide(null));
  defaultSession.on('will-download', (event) => event.preventDefault());
}

function confine(contents: WebContents, log: Log): void {
  const holdBack = (what: string, address: string) =>
    log.warn('a page was held back', { what, address: address.slice(0, 200) });
  const refuse = (what: string) => (event: { preventDefault(): void; url: string; isMainFrame: boolean }) => {
    // A window may reload itself, for example after a change of language.
    if (event.isMainFrame && isPage(event.url)) return;
    event.preventDefault();
    holdBack(what, event.url);
  };
  contents.on('will-navigate', refuse('navigation'));
  contents.on('will-frame-navigate', refuse('navigation of a frame'));
  contents.on('will-redirect', refuse('redirection'));
  contents.on('will-attach-webview', (event, _preferences, { src }) => {
    event.preventDefault();
    holdBack('embedding', src ?? '');
  });
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url);
    else holdBack('window', url);
    return { action: 'deny' };
  });
}
