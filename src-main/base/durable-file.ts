import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PlimsollError, messageOf, systemCodeOf } from '../contract/error.ts';
import type { ErrorCode } from '../contract/error.ts';

/** Name of our temporary files: process id, then eight random bytes. */
const temporaryName = /^\.plimsoll-([1-9]\d{0,9})-[0-9a-f]{16}\.tmp$/;

/** A temporary file older than this is a leftover, even if a process with its id exists: process ids are reused. */
const longestWriteMs = 3_600_000;

/** Temporary files that this process is writing now. */
const underWay = new Set<string>();

/**
 * Replaces the file at `path` with `bytes` atomically: a reader, or the next start after a power failure, finds either
 * all of the old content or all of the new. When it returns, the content is on disk. When it throws, the old content is
 * still there (or the new one, if only the directory could not be synced).
 *
 * A symbolic link at `path` is replaced, not followed; its target stays unchanged. To write through a link, pass its
 * `realpath`. The directory must exist. `mode` is the file mode, reduced by the process's umask unless `exact`. With
 * `exclusive` nothing is replaced: it throws `conflict` if `path` exists, and whenever it throws, nothing was added.
 *
 * It also removes temporary files that a killed process left in the same directory.
 *
 * Throws a `PlimsollError`, see `fileError`.
 */
export async function writeFileDurably(
  path: string,
  bytes: Uint8Array,
  { mode, exact = false, exclusive = false }: { mode: number; exact?: boolean; exclusive?: boolean },
): Promise<void> {
  const directory = dirname(path);
  const temporary = `.plimsoll-${process.pid}-${randomBytes(8).toString('hex')}.tmp`;
  const temporaryPath = join(directory, temporary);
  let added = false;
  underWay.add(temporary);
  try {
    await removeLeftovers(directory);
    await writeNew(temporaryPath, bytes, mode, exact);
    if (exclusive) {
      await add(temporaryPath, path);
      added = true;
      await unlink(temporaryPath).catch(() => undefined);
    } else {
      await rename(temporaryPath, path);
    }
    await syncDirectory(directory);
  } catch (thrown) {
    await unlink(temporaryPath).catch(() => undefined);
    if (added) await unlink(path).catch(() => undefined);
    throw fileError('written', path, thrown);
  } finally {
    underWay.delete(temporary);
  }
}

/** Error codes of file systems without hard links, such as FAT. */
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A hard link, because a rename would replace a file that was created at `to` in the meantime. */
async function add(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === 'EEXIST') throw new PlimsollError('conflict', `${to} is there already.`, { cause: thrown });
    if (!linkless.has(code ?? '')) throw thrown;
    // An empty file of our own reserves the name; the rename then replaces it.
    await (await open(to, 'wx')).close();
    await rename(from, to);
  }
}

async function writeNew(path: string, bytes: Uint8Array, mode: number, exact: boolean): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    if (exact && process.platform !== 'win32') await file.chmod(mode);
    await writeAll(file, bytes);
    await file.sync();
    // Some file systems report success but keep fewer bytes. Keeping the old content is better than a part of the new.
    const { size } = await file.stat();
    if (size !== bytes.length) throw new Error(`${size} of ${bytes.length} bytes were kept`);
  } finally {
    await file.close();
  }
}

/** A write may accept fewer bytes than it was given; the next one then reports the error. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
    if (bytesWritten === 0) throw new Error(`${done} of ${bytes.length} bytes were taken`);
    done += bytesWritten;
  }
}

/** Error codes of Windows and network file systems that cannot sync a directory. Their rename is as durable as it gets. */
const refusals = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'EBADF', 'ENOTSUP', 'ENOSYS']);

async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (!refusals.has(systemCodeOf(thrown) ?? '')) throw thrown;
  }
}

/** Errors are ignored: cleaning up must not make the write fail. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const pid = temporaryName.exec(name)?.[1];
    if (pid === undefined || underWay.has(name)) continue;
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isFile()) continue;
    const old = Date.now() - stats.mtimeMs > longestWriteMs;
    if (Number(pid) === process.pid || old || !isAlive(Number(pid)))
      await unlink(path).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return systemCodeOf(thrown) === 'EPERM';
  }
}

interface Meaning {
  code: ErrorCode;
  retry: boolean;
  remedy: string;
}

const full: Meaning = {
  code: 'disk_full',
  retry: true,
  remedy: 'The disk or its quota is full: make room, or choose another directory',
};
const forbidden: Meaning = {
  code: 'no_permission',
  retry: false,
  remedy: 'Give the user that runs Plimsoll the right to write there, or choose another directory',
};
const readOnly: Meaning = {
  code: 'no_permission',
  retry: false,
  remedy: 'The file system is read-only: mount it writable, or choose another directory',
};
const gone: Meaning = {
  code: 'cannot_create',
  retry: false,
  remedy:
    'Something on the way to it is missing or is no directory: plug in the drive that it is on, or choose another directory',
};
const tooLong: Meaning = {
  code: 'cannot_create',
  retry: false,
  remedy: 'Choose a directory with a shorter path',
};
const busy: Meaning = {
  code: 'cannot_create',
  retry: true,
  remedy: 'It is in use, or too many files are open',
};
const away: Meaning = {
  code: 'unreachable',
  retry: true,
  remedy: 'The drive does not answer: check it, its cable or its network',
};
const unknown: Meaning = { code: 'cannot_create', retry: false, remedy: 'Choose another directory' };

const meanings: Record<string, Meaning> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: readOnly,
  ENOENT: gone,
  ENOTDIR: gone,
  EEXIST: gone,
  EISDIR: gone,
  ELOOP: gone,
  ENAMETOOLONG: tooLong,
  EMFILE: busy,
  ENFILE: busy,
  EBUSY: busy,
  EIO: away,
  ENXIO: away,
  ENODEV: away,
  ESTALE: away,
  EHOSTDOWN: away,
  ETIMEDOUT: away,
};

/** The content of a plain file. Throws the errors of `node:fs`, and for what is none: a pipe is waited for without end. */
export function readPlainFile(path: string): Buffer {
  if (!statSync(path).isFile()) throw new Error('it is no plain file');
  return readFileSync(path);
}

/** Flushes a file to disk, or a directory except on Windows. Throws the errors of `node:fs`. */
export function syncFile(path: string): void {
  // Windows can only sync a file that is open for writing; elsewhere a directory cannot be opened for writing.
  const file = openSync(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Converts a file system error to a `PlimsollError` that names the path and the remedy: `disk_full` or `unreachable`
 * (both worth a retry), `no_permission` or `cannot_create`. `participle` completes the sentence "could not be …". A
 * `PlimsollError` is returned unchanged.
 */
export function fileError(participle: string, path: string, thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const { code, retry, remedy } = meanings[systemCodeOf(thrown) ?? ''] ?? unknown;
  const message = `${basename(path)} could not be ${participle} in ${dirname(path)}. ${remedy} (${messageOf(thrown)}).`;
  return new PlimsollError(code, message, { retry, cause: thrown });
}
