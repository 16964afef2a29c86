import { dirname, join, resolve } from 'node:path';
import { PlimsollError } from '../contract/error.ts';
import type { Context, Flag } from './command.ts';
import { placesFor } from './places.ts';

/** The flag that selects another data directory, for every command. */
export const dataFlag = {
  type: 'text',
  placeholder: 'DIR',
  help: 'the data directory, instead of the usual one',
} as const satisfies Flag;

/** The selected data directory. Throws `usage` if none was given and no home directory is known. */
export function dataDirectoryOf(context: Context, given: string | undefined): string {
  return located(context, given, placesFor(context).dataDirectory, '--data DIR');
}

/** The selected settings file. Throws `usage` if none was given and no home directory is known. */
export function settingsFileOf(context: Context, given: string | undefined): string {
  return located(context, given, placesFor(context).settingsFile, '--config FILE');
}

/** Where relative paths in the settings start: beside a file that was named, otherwise in the data directory. */
export function pathsStartIn(settingsFile: string, isNamed: boolean, dataDirectory: string): string {
  return isNamed ? dirname(settingsFile) : dataDirectory;
}

/** The folder of scripts: `metrics` beside the settings file, whether it exists or not. */
export function scriptFolderOf(settingsFile: string): string {
  return join(dirname(settingsFile), 'metrics');
}

function located(
  { workingDirectory }: Context,
  given: string | undefined,
  usual: string | undefined,
  flag: string,
): string {
  const path = given === undefined ? usual : resolve(workingDirectory, given);
  if (path !== undefined) return path;
  throw new PlimsollError('usage', `No home directory is known: set HOME, or say where with ${flag}.`);
}
