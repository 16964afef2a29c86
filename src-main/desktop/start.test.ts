import { describe, expect, it } from 'vitest';
import { desktopEntry, isEnabledEntry } from './desktop-entry.ts';
import { readStart } from './start.ts';
import { isWayland, trayCertainty } from './tray-host.ts';
import { wordsFor } from './words.ts';

describe('the command line', () => {
  it.each([
    [[], { hidden: false, dataDirectory: undefined }],
    [['.', '--hidden', '--no-sandbox'], { hidden: true, dataDirectory: undefined }],
    [['--data', 'state'], { hidden: false, dataDirectory: '/home/me/state' }],
    [['--data=/else where'], { hidden: false, dataDirectory: '/else where' }],
    [['--user-data-dir=/chromium'], { hidden: false, dataDirectory: '/chromium' }],
    [['--data', '--hidden'], { hidden: true, dataDirectory: undefined }],
    [['--data'], { hidden: false, dataDirectory: undefined }],
  ])('%j', (words, start) => {
    expect(readStart(words, '/home/me')).toEqual(start);
  });
});

describe('a tray icon', () => {
  const linux = { platform: 'linux', isWayland: true, hasWatcher: null } as const;
  it.each([
    [{ ...linux, platform: 'darwin' }, 'shown'],
    [{ ...linux, platform: 'win32' }, 'shown'],
    [{ ...linux, hasWatcher: true }, 'shown'],
    [{ ...linux, hasWatcher: false }, 'none'],
    [{ ...linux, hasWatcher: false, isWayland: false }, 'uncertain'],
    [linux, 'uncertain'],
  ] as const)('on %j is %s', (hints, certainty) => {
    expect(trayCertainty(hints)).toBe(certainty);
  });

  it('is Wayland’s only in a session of it', () => {
    expect(isWayland({ WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(isWayland({ WAYLAND_DISPLAY: 'wayland-0', XDG_SESSION_TYPE: 'x11' })).toBe(false);
    expect(isWayland({ DISPLAY: ':0' })).toBe(false);
  });
});

describe('the autostart entry', () => {
  it('quotes twice, as its specification asks', () => {
    expect(desktopEntry(['/opt/a b/$x"`\\%', '--hidden'])).toContain(
      'Exec="/opt/a b/\\\\$x\\\\"\\\\`\\\\\\\\%%" "--hidden"\n',
    );
  });

  it('is off where a desktop has switched it off', () => {
    const entry = desktopEntry(['/plimsoll']);
    expect(isEnabledEntry(entry)).toBe(true);
    expect(isEnabledEntry(`${entry}Hidden=true\n`)).toBe(false);
    expect(isEnabledEntry(entry.replace('enabled=true', 'enabled=false'))).toBe(false);
  });
});

it('speaks the first language of the list that it knows, in its region’s way', () => {
  expect(wordsFor(['fr-FR', 'de-AT', 'en-US'])).toMatchObject({ locale: 'de-AT', quit: 'Plimsoll beenden' });
  expect(wordsFor(['fr-FR'])).toMatchObject({ locale: 'en', quit: 'Quit Plimsoll' });
});
