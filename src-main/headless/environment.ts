import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { messageOf, PlimsollError, systemCodeOf } from '../contract/error.ts';
import type { Context } from './command.ts';

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
  const folders = [
    workingDirectory,
    ...(namedSettingsFile === undefined ? [] : [dirname(resolve(workingDirectory, namedSettingsFile))]),
  ];
  const files = [...new Set(folders.map((folder) => join(folder, '.env')))];
  // The first one that says something goes before the later ones, and the environment before all of them.
  return Object.assign({}, ...[...files].reverse().map(read), env) as NodeJS.ProcessEnv;
}

function read(file: string): NodeJS.Dict<string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(systemCodeOf(thrown) ?? '')) return {};
    throw new PlimsollError('unreadable', `${file} can not be read: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
  if (bytes.length > bytesAtMost)
    throw new PlimsollError('unreadable', `${file} is larger than the 256 KiB that a .env may have.`);
  return parseEnv(bytes.toString('utf8').replace(/^\uFEFF/, ''));
}
