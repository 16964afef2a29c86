import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Set by the build: paths of the other outputs relative to the built modules, which all lie in one folder. */
declare const __PLIMSOLL_ENTRIES__:
  | {
      collectors: string;
      history: string;
      postgres: string;
      script: string;
      report: string;
      renderer: string;
      preload: string;
      trayImages: string;
    }
  | undefined;
/** Set by the build: the version in package.json. */
declare const __PLIMSOLL_VERSION__: string | undefined;

const entries =
  typeof __PLIMSOLL_ENTRIES__ === 'undefined'
    ? {
        collectors: '../collectors/host.ts',
        history: '../history/host.ts',
        postgres: '../history/postgres/host.ts',
        script: '../collectors/scripts/module-host.ts',
        report: '../reports/host.ts',
        renderer: '../../dist/renderer/',
        preload: '../../dist/main/preload.cjs',
        trayImages: '../../resources/icons/tray/',
      }
    : __PLIMSOLL_ENTRIES__;

/** The path of an entry module or a folder of the program, both when built and when run from source. */
export function entryPath(name: keyof typeof entries): string {
  return fileURLToPath(new URL(entries[name], import.meta.url));
}

/** The version of this Plimsoll. */
export function ownVersion(): string {
  if (typeof __PLIMSOLL_VERSION__ !== 'undefined') return __PLIMSOLL_VERSION__;
  const packageFile = '../../package.json';
  const { version } = JSON.parse(readFileSync(new URL(packageFile, import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
