import { dirname, join, resolve } from 'node:path';
import { PlimsollError } from '../contract/error.ts';
import type { Context, Flag } from './command.ts';
import { placesFor } from './places.ts';

/** The flag by which every command finds another data directory. */
export const dataFlag = {
  type: 'text',
  placeholder: 'DIR',
  help: 'the data directory, instead of the usual one',
} as const satisfies Flag;

/** The data directory that is meant. Throws `usage` when none was given and no home directory is known. */
export function dataDirectoryOf(context: Context, given: string | undefined): string {
  return located(context, given, placesFor(context).dataDirectory, '--data DIR');
}

/** The settings file that is meant. Throws `usage` when none was given and no home directory is known. */
export function settingsFileOf(context: Context, given: string | undefined): string {
  return located(context, given, placesFor(context).settingsFile, '--config FILE');
}

/** Where relative paths in the settings start: beside a file that was named, otherwise in the data directory. */
export function pathsStartIn(settingsFile: string, isNamed: boolean, dataDirectory: string): string {
  return isNamed ? dirname(settingsFile) : dataDirectory;
}

/** Where scripts are found: the folder `metrics` beside the settings file, whether it is there or not. */
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
