import { describe, expect, it } from 'vitest';
import { placesFor, type Surroundings } from './places.ts';

const none = { settingsFile: undefined, dataDirectory: undefined };

const cases: { name: string; given: Surroundings; settingsFile?: string; dataDirectory?: string }[] = [
  {
    name: 'Linux without any variable but HOME',
    given: { platform: 'linux', env: { HOME: '/home/ada' }, accountHome: '/root' },
    settingsFile: '/home/ada/.config/plimsoll/plimsoll.yaml',
    dataDirectory: '/home/ada/.local/state/plimsoll',
  },
  {
    name: 'Linux with XDG variables, spaces and other letters included',
    given: {
      platform: 'linux',
      env: { HOME: '/home/ada', XDG_CONFIG_HOME: '/mnt/my config', XDG_STATE_HOME: '/mnt/Zustände' },
      accountHome: undefined,
    },
    settingsFile: '/mnt/my config/plimsoll/plimsoll.yaml',
    dataDirectory: '/mnt/Zustände/plimsoll',
  },
  {
    name: 'relative and empty XDG variables are ignored',
    given: {
      platform: 'linux',
      env: { HOME: '/home/ada', XDG_CONFIG_HOME: 'conf', XDG_STATE_HOME: '' },
      accountHome: undefined,
    },
    settingsFile: '/home/ada/.config/plimsoll/plimsoll.yaml',
    dataDirectory: '/home/ada/.local/state/plimsoll',
  },
  {
    name: 'HOME unset: the account table knows',
    given: { platform: 'linux', env: {}, accountHome: '/var/lib/plimsoll' },
    settingsFile: '/var/lib/plimsoll/.config/plimsoll/plimsoll.yaml',
    dataDirectory: '/var/lib/plimsoll/.local/state/plimsoll',
  },
  { name: 'no home at all', given: { platform: 'linux', env: { HOME: '' }, accountHome: undefined } },
  {
    name: 'macOS, apart from the desktop application’s directory whatever the case',
    given: { platform: 'darwin', env: { HOME: '/Users/ada', XDG_STATE_HOME: '/x' }, accountHome: undefined },
    settingsFile: '/Users/ada/Library/Application Support/plimsoll-headless/plimsoll.yaml',
    dataDirectory: '/Users/ada/Library/Application Support/plimsoll-headless/data',
  },
  {
    name: 'Windows',
    given: {
      platform: 'win32',
      env: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming', LOCALAPPDATA: 'D:\\Local' },
      accountHome: undefined,
    },
    settingsFile: 'C:\\Users\\ada\\AppData\\Roaming\\plimsoll-headless\\plimsoll.yaml',
    dataDirectory: 'D:\\Local\\plimsoll-headless',
  },
  {
    name: 'Windows as a service without APPDATA',
    given: { platform: 'win32', env: { APPDATA: 'Roaming' }, accountHome: 'C:\\Users\\svc' },
    settingsFile: 'C:\\Users\\svc\\AppData\\Roaming\\plimsoll-headless\\plimsoll.yaml',
    dataDirectory: 'C:\\Users\\svc\\AppData\\Local\\plimsoll-headless',
  },
];

describe('where files live', () => {
  it.each(cases)('$name', ({ given, settingsFile, dataDirectory }) => {
    expect(placesFor(given)).toEqual(settingsFile === undefined ? none : { settingsFile, dataDirectory });
  });
});
