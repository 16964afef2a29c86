import { posix, win32 } from 'node:path';

/** What determines where files are. `accountHome` is the home directory in the system's account table. */
export interface Surroundings {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  accountHome: string | undefined;
}

/** The default locations of files. Undefined if no home directory is known. */
export interface Places {
  settingsFile: string | undefined;
  dataDirectory: string | undefined;
}

/**
 * Linux and other Unixes: the XDG Base Directory Specification, whose variables count only if they are absolute paths.
 * macOS and Windows: their conventions, under a name of our own, because their file systems ignore case and `Plimsoll`
 * belongs to the desktop application there.
 */
export function placesFor(surroundings: Surroundings): Places {
  switch (surroundings.platform) {
    case 'win32':
      return windowsPlaces(surroundings);
    case 'darwin':
      return macPlaces(surroundings);
    default:
      return xdgPlaces(surroundings);
  }
}

function xdgPlaces({ env, accountHome }: Surroundings): Places {
  const home = firstAbsolute(posix, env['HOME'], accountHome);
  const config = firstAbsolute(posix, env['XDG_CONFIG_HOME'], home && posix.join(home, '.config'));
  const state = firstAbsolute(posix, env['XDG_STATE_HOME'], home && posix.join(home, '.local', 'state'));
  return {
    settingsFile: config && posix.join(config, 'plimsoll', 'plimsoll.yaml'),
    dataDirectory: state && posix.join(state, 'plimsoll'),
  };
}

function macPlaces({ env, accountHome }: Surroundings): Places {
  const home = firstAbsolute(posix, env['HOME'], accountHome);
  const base = home && posix.join(home, 'Library', 'Application Support', 'plimsoll-headless');
  return {
    settingsFile: base && posix.join(base, 'plimsoll.yaml'),
    dataDirectory: base && posix.join(base, 'data'),
  };
}

function windowsPlaces({ env, accountHome }: Surroundings): Places {
  const home = firstAbsolute(win32, env['USERPROFILE'], accountHome);
  const roaming = firstAbsolute(win32, env['APPDATA'], home && win32.join(home, 'AppData', 'Roaming'));
  const local = firstAbsolute(win32, env['LOCALAPPDATA'], home && win32.join(home, 'AppData', 'Local'));
  return {
    settingsFile: roaming && win32.join(roaming, 'plimsoll-headless', 'plimsoll.yaml'),
    dataDirectory: local && win32.join(local, 'plimsoll-headless'),
  };
}

function firstAbsolute(path: typeof posix, ...candidates: (string | undefined)[]): string | undefined {
  return candidates.find((candidate) => candidate !== undefined && path.isAbsolute(candidate));
}
