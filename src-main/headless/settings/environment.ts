import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { messageOf, PlimsollError, systemCodeOf } from '../../contract/error.ts';
import type { Context } from '../command.ts';

/** A `.env` has a few lines; a larger file is something else. */
const bytesAtMost = 256 * 1024;

/**
 * The environment with the variables of `.env` files: the one in the working directory, then the one beside a settings
 * file that was named. Variables that are already set win. Throws `unreadable` for a `.env` that cannot be read.
 */
export function environmentOf(
  { env, workingDirectory }: Pick<Context, 'env' | 'workingDirectory'>,
  namedSettingsFile?: string,
): NodeJS.ProcessEnv {
  const files = filesFor(workingDirectory, namedSettingsFile);
  // Earlier files win over later ones, and the environment over all.
  return Object.assign({}, ...files.reverse().map(read), env) as NodeJS.ProcessEnv;
}

/** Where `environmentOf` found a variable: `environment`, or the path of a `.env`. */
export function placeOfVariable(
  variable: string,
  { env, workingDirectory }: Pick<Context, 'env' | 'workingDirectory'>,
  namedSettingsFile?: string,
): string {
  const isIn = (variables: NodeJS.Dict<string>) => variables[variable] !== undefined;
  if (isIn(env)) return 'environment';
  return filesFor(workingDirectory, namedSettingsFile).find((file) => isIn(read(file))) ?? 'environment';
}

/**
 * Lines of the `.env` files that have no effect because their meaning is unclear: file, line and problem. The content
 * may be secret and is not quoted. Throws like `environmentOf`.
 */
export function environmentProblems(
  { workingDirectory }: Pick<Context, 'workingDirectory'>,
  namedSettingsFile?: string,
): string[] {
  return filesFor(workingDirectory, namedSettingsFile).flatMap((file) =>
    badLines(textOf(file)).map(({ line, problem }) => `${file}:${line}: ${problem}`),
  );
}

/** Follows Node's format: a quoted value may span lines. */
function badLines(text: string): { line: number; problem: string }[] {
  const lines = text.split(/\r\n|\n|\r/);
  const bad: { line: number; problem: string }[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]?.trim() ?? '';
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value = ''] = /^(?:export\s+)?([^=]*)=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined)
      bad.push({ line: at + 1, problem: 'is no NAME=value; nothing of it is in force' });
    else if (!/^[A-Za-z_][\w.-]*$/.test(name.trim()))
      bad.push({
        line: at + 1,
        problem: 'has no name of letters, digits and underscores before its =; nothing refers to it',
      });
    const mark = /^["'`]/.exec(value)?.[0];
    if (name === undefined || mark === undefined || value.indexOf(mark, 1) > 0) continue;
    const end = lines.findIndex((later, index) => index > at && later.includes(mark));
    if (end < 0) bad.push({ line: at + 1, problem: 'its quotation mark is never closed' });
    else at = end;
  }
  return bad;
}

function filesFor(workingDirectory: string, namedSettingsFile: string | undefined): string[] {
  const folders = [
    workingDirectory,
    ...(namedSettingsFile === undefined ? [] : [dirname(resolve(workingDirectory, namedSettingsFile))]),
  ];
  return [...new Set(folders.map((folder) => join(folder, '.env')))];
}

function read(file: string): NodeJS.Dict<string> {
  return parseEnv(textOf(file));
}

/** Empty if there is no file. */
function textOf(file: string): string {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return '';
    // A pipe would block, and a device has no end.
    if (!stats.isFile()) throw new PlimsollError('unreadable', `${file} is no plain file.`);
    if (stats.size > bytesAtMost)
      throw new PlimsollError('unreadable', `${file} is larger than the 256 KiB that a .env may have.`);
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(thrown) ?? '')) return '';
    throw new PlimsollError('unreadable', `${file} cannot be read: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}
