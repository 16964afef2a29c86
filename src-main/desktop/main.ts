import { app, dialog } from 'electron';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { logDirectoryOf, openLog } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import { openDesktop } from './desktop.ts';
import type { Desktop } from './desktop.ts';
import { declareProtocol } from './protocol.ts';
import { readStart } from './start.ts';
import { wordsFor } from './words.ts';

/** Longest time for an orderly stop, in milliseconds. */
const stopDeadlineMs = 10_000;
/**
 * electron-store's file writer repeats a signal to this process. A second signal within this time, in milliseconds, is
 * not from a person.
 */
const echoMs = 200;

const start = readStart(process.argv.slice(1), process.cwd());
app.setName('Plimsoll');
// Windows shows notifications and groups windows by this id; it must equal that of the installer's shortcut.
if (process.platform === 'win32') app.setAppUserModelId('org.plimsoll.Plimsoll');
const directory = start.dataDirectory ?? join(app.getPath('appData'), 'Plimsoll');
app.setPath('userData', directory);
// Keeps Chromium's own data apart from ours.
app.setPath('sessionData', join(directory, 'chromium'));
declareProtocol();

if (app.requestSingleInstanceLock({ hidden: start.hidden })) run();
// The first instance was notified and shows its window.
else app.exit(0);

function run(): void {
  // Files written from here on, also by children, are for this user only.
  if (process.platform !== 'win32') process.umask(0o077);
  const logDirectory = logDirectoryOf(directory, process.env, process.cwd());
  const log = openLog(logDirectory);
  let desktop: Desktop | undefined;
  let isLeaving = false;
  let isWanted = false;
  let askedAt = -Infinity;
  const show = () => {
    isWanted = true;
    desktop?.show();
  };

  const leave = async (code: number): Promise<void> => {
    if (isLeaving) return;
    isLeaving = true;
    const cut = setTimeout(() => {
      log.error('something did not end in time and was ended by force');
      desktop?.killChildren();
      app.exit(1);
    }, stopDeadlineMs);
    // Waits for the start to finish, so that everything can be closed.
    await opening;
    await desktop?.stop().catch((error: unknown) => log.error('the end was not in order', { error }));
    log.info('stopped');
    await log.close();
    clearTimeout(cut);
    app.exit(code);
  };
  const broken = (thrown: unknown): void => {
    log.error('ended by an unexpected error', { error: thrown });
    void leave(1);
  };

  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = systemClock.monotonic();
      if (isLeaving && now - askedAt > echoMs) {
        desktop?.killChildren();
        app.exit(1);
      }
      if (isLeaving) return;
      askedAt = now;
      log.info('stopping', { reason: signal });
      void leave(0);
    });
  }
  app.on('before-quit', (event) => {
    event.preventDefault();
    log.info('stopping', { reason: 'quit' });
    void leave(0);
  });
  // Plimsoll keeps running without windows.
  app.on('window-all-closed', () => undefined);
  app.on('second-instance', (_event, _words, _directory, told) => {
    const isHidden = typeof told === 'object' && told !== null && 'hidden' in told && told.hidden === true;
    if (!isHidden) show();
  });
  app.on('activate', show);
  app.on('child-process-gone', (_event, { type, reason, exitCode, serviceName }) => {
    if (reason !== 'clean-exit') log.warn('a process is gone', { type, reason, exitCode, serviceName });
  });

  const opening = app.whenReady().then(async () => {
    try {
      log.info('starting', { pid: process.pid, directory, hidden: start.hidden });
      desktop = await openDesktop({
        directory,
        hidden: start.hidden || wasOpenedAtLogin(),
        clock: systemClock,
        log,
        logDirectory,
        onQuit: () => void leave(0),
      });
      log.info('started');
      // A window was requested before there was one.
      if (isWanted) desktop.show();
    } catch (thrown) {
      log.error('could not start', { error: thrown });
      const words = wordsFor(app.getPreferredSystemLanguages());
      if (!isLeaving) dialog.showErrorBox(words.cannotStart, messageOf(thrown));
      // Not awaited: `leave` waits for this function.
      void leave(1);
    }
  });
}

function wasOpenedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}
