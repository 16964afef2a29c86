import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { messageOf, PlimsollError, systemCodeOf } from '../../contract/error.ts';
import type { Context } from '../command.ts';

/** A `.env` is a few lines; more than this is none. */
const bytesAtMost = 256 * 1024;

/**
 * The environment with what `.env` files add to it: the one in the working directory, then the one beside a settings
 * file that was named. What is set already stays. Throws `unreadable` for a `.env` that can not be read.
 */
export function environmentOf(
  { env, workingDirectory }: Pick<Context, 'env' | 'workingDirectory'>,
  namedSettingsFile?: string,
): NodeJS.ProcessEnv {
  const files = filesFor(workingDirectory, namedSettingsFile);
  // The first one that says something goes before the later ones, and the environment before all of them.
  return Object.assign({}, ...files.reverse().map(read), env) as NodeJS.ProcessEnv;
}

/** Where `environmentOf` has a variable from: `environment`, or the path of a `.env`. */
export function placeOfVariable(
  variable: string,
  { env, workingDirectory }: Pick<Context, 'env' | 'workingDirectory'>,
  namedSettingsFile?: string,
): string {
  const isIn = (variables: NodeJS.Dict<string>) => variables[variable] !== undefined;
  if (isIn(env)) return 'environment';
  return filesFor(workingDirectory, namedSettingsFile).find((file) => isIn(read(file))) ?? 'environment';
}

function filesFor(workingDirectory: string, namedSettingsFile: string | undefined): string[] {
  const folders = [
    workingDirectory,
    ...(namedSettingsFile === undefined ? [] : [dirname(resolve(workingDirectory, namedSettingsFile))]),
  ];
  return [...new Set(folders.map((folder) => join(folder, '.env')))];
}

function read(file: string): NodeJS.Dict<string> {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return {};
    // A pipe is not waited for, and a device has no end.
    if (!stats.isFile()) throw new PlimsollError('unreadable', `${file} is no plain file.`);
    if (stats.size > bytesAtMost)
      throw new PlimsollError('unreadable', `${file} is larger than the 256 KiB that a .env may have.`);
    return parseEnv(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(thrown) ?? '')) return {};
    throw new PlimsollError('unreadable', `${file} can not be read: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}
