import { resolve } from 'node:path';
import type { Settings, SourceSettings } from '../../contract/settings.ts';

/** A source that runs a script: the file as named in its settings. */
export interface SourceUse {
  name: string;
  file: string;
  format: string;
  interpreter: string | null;
}

/** A program that a destination runs: its full path, and its interpreter if it has one. */
export interface ProgramUse {
  destination: string;
  file: string;
  interpreter: string | null;
}

/** What runs a file. */
export interface ScriptUses {
  sources: readonly SourceUse[];
  programs: readonly ProgramUse[];
}

/** The scripts that sources run. */
export function scriptSourcesOf(sources: readonly SourceSettings[]): SourceUse[] {
  return sources.flatMap(({ kind, name, file, format, interpreter }) =>
    kind === 'script' && typeof file === 'string'
      ? [
          {
            name,
            file,
            format: typeof format === 'string' ? format : 'auto',
            interpreter: typeof interpreter === 'string' ? interpreter : null,
          },
        ]
      : [],
  );
}

/** The programs that destinations run; relative paths start in `directory`. */
export function programsOf(
  { destinations }: Pick<Settings, 'destinations'>,
  directory: string,
): ProgramUse[] {
  return destinations.flatMap(({ kind, name, file, interpreter }) =>
    kind === 'command' && typeof file === 'string'
      ? [
          {
            destination: name,
            file: resolve(directory, file),
            interpreter: typeof interpreter === 'string' ? interpreter : null,
          },
        ]
      : [],
  );
}
