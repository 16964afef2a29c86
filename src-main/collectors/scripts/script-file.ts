import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { messageOf, PlimsollError, systemCodeOf } from '../../contract/error.ts';

/** Large enough for any monitoring program; a larger file is something else. */
const bytesAtMost = 32 * 1024 * 1024;

/** A script, read once: the bytes that were hashed are the bytes that run. */
export interface ScriptFile {
  /** Absolute, with links resolved. */
  path: string;
  bytes: Buffer;
  /** SHA-256 of the bytes, in hexadecimal. */
  sha256: string;
  /** When it was last modified, in epoch milliseconds. */
  modifiedAt: number;
  /** Its owner and permissions as in stat(2); null on Windows, which has a different model. */
  owner: number | null;
  mode: number | null;
}

/** Reads that are still running, by folder and file. */
const underWay = new Map<string, Promise<ScriptFile>>();

/**
 * Reads the script that a setting names; a relative path starts in the folder of scripts. Throws `not_found` if there
 * is none, `forbidden` if somebody else could change it or a link leads out of the folder, `too_large`, and
 * `unreadable` if it is not a plain file or cannot be read.
 *
 * It can take as long as a dead file system makes it wait: deadlines are up to the caller. Each hanging read occupies
 * one of Node's few file threads, so simultaneous reads of the same file share one read.
 */
export function readScript(file: string, folder: string): Promise<ScriptFile> {
  const key = JSON.stringify([folder, file]);
  const known = underWay.get(key);
  if (known !== undefined) return known;
  const read = readAnew(file, folder).finally(() => underWay.delete(key));
  underWay.set(key, read);
  return read;
}

async function readAnew(file: string, folder: string): Promise<ScriptFile> {
  const path = await locateScript(file, folder);
  const handle = await open(path, readOnly).catch((thrown: unknown) => {
    throw unreadable(path, thrown);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new PlimsollError(
        'unreadable',
        `${path} is ${stats.isDirectory() ? 'a folder' : 'no plain file'}, and a script is a plain file.`,
      );
    if (stats.size > bytesAtMost)
      throw new PlimsollError('too_large', `${path} is larger than the 32 MiB that a script may have.`);
    const safe = safetyOf(path, stats);
    await refuseUnsafeFolders(path);
    const bytes = await handle.readFile();
    if (bytes.length > bytesAtMost) throw new PlimsollError('too_large', `${path} grows while it is read.`);
    return { path, bytes, sha256: hashOf(bytes), modifiedAt: stats.mtimeMs, ...safe };
  } catch (thrown) {
    throw thrown instanceof PlimsollError ? thrown : unreadable(path, thrown);
  } finally {
    await handle.close();
  }
}

/**
 * The absolute path of a script, with links resolved. Throws `not_found`, and `forbidden` if a link leads out of its
 * folder.
 */
export async function locateScript(file: string, folder: string): Promise<string> {
  const asked = resolve(folder, file);
  const home = isAbsolute(file) ? dirname(asked) : folder;
  const real = (path: string) =>
    realpath(path).catch((thrown: unknown) => {
      throw unreadable(asked, thrown);
    });
  // One after the other, so that a hanging file system occupies only one thread.
  const realHome = await real(home);
  const path = await real(asked);
  if (isInside(path, realHome)) return path;
  throw new PlimsollError(
    'forbidden',
    `${asked} leads out of its folder, to ${path}. Name that file itself, or copy it.`,
  );
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Opening a named pipe in place of a file must not block. */
const readOnly =
  process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The current user's id; null on Windows, where we do not judge access. */
function ownId(): number | null {
  return process.getuid?.() ?? null;
}

const writableByAll = 0o002;
const sticky = 0o1000;

function safetyOf(path: string, stats: Stats): { owner: number | null; mode: number | null } {
  const me = ownId();
  if (me === null) return { owner: null, mode: null };
  if (stats.uid !== me && stats.uid !== 0)
    throw new PlimsollError(
      'forbidden',
      `${path} belongs to another user (${stats.uid}), who could change it at any time. Make it your own: chown.`,
    );
  if ((stats.mode & writableByAll) !== 0)
    throw new PlimsollError(
      'forbidden',
      `${path} can be changed by every user of this machine. Take that right away: chmod o-w.`,
    );
  return { owner: stats.uid, mode: stats.mode & 0o7777 };
}

/** Whoever can rename a folder on the path to a file can replace the file. */
async function refuseUnsafeFolders(path: string): Promise<void> {
  const me = ownId();
  if (me === null) return;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { uid, mode } = await stat(folder);
    if (uid !== me && uid !== 0)
      throw new PlimsollError(
        'forbidden',
        `${folder} belongs to another user (${uid}), who could put another file in the place of ${basename(path)}. Keep scripts in a folder of your own.`,
      );
    if ((mode & writableByAll) !== 0 && (mode & sticky) === 0)
      throw new PlimsollError(
        'forbidden',
        `${folder} can be changed by every user of this machine, so ${basename(path)} could be replaced by anybody. Take that right away: chmod o-w.`,
      );
    if (folder === dirname(folder)) return;
  }
}

function unreadable(path: string, thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PlimsollError('not_found', `There is no file ${path}. Put it there, or correct the path.`, {
      cause: thrown,
    });
  if (code === 'ELOOP')
    return new PlimsollError('forbidden', `${path} is a link that leads nowhere. Name the file itself.`, {
      cause: thrown,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new PlimsollError(
      'no_permission',
      `${path} may not be read. Check its permissions and those of its folder.`,
      { cause: thrown },
    );
  return new PlimsollError('unreadable', `${path} cannot be read: ${messageOf(thrown)}.`, {
    retry: true,
    cause: thrown,
  });
}
