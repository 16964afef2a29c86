import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { messageOf, PlimsollError, systemCodeOf } from '../../contract/error.ts';
import { SETTINGS_BYTES_AT_MOST } from '../../documents/yaml-text.ts';

/** A settings file as read: its real path, its bytes and its permissions. */
export interface FileContent {
  path: string;
  bytes: Uint8Array;
  mode: number;
}

/**
 * Reads a whole settings file, or returns null if there is none. Anything but a plain file (a directory, a pipe, a
 * device, a broken or circular link) is left untouched and never waited for. Throws `unreadable`, and
 * `invalid_settings` for a file that is too large.
 */
export function readSettingsFile(file: string): FileContent | null {
  const stats = look(file);
  if (stats === null) return null;
  if (!stats.isFile()) throw unreadable(file, `it is ${kindOf(stats)}, not a file`);
  let descriptor: number | undefined;
  try {
    // Non-blocking matters only if the file was replaced by a pipe since it was checked.
    descriptor = openSync(
      file,
      process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK,
    );
    const { size, mode } = fstatSync(descriptor);
    if (size > SETTINGS_BYTES_AT_MOST) {
      const message = `${size} bytes are more than the 1 MiB that settings may have`;
      throw new PlimsollError('invalid_settings', message, { problems: [{ path: '', message }] });
    }
    return {
      path: realpathSync(file),
      bytes: readAtMost(descriptor, SETTINGS_BYTES_AT_MOST + 1),
      mode: mode & 0o777,
    };
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    throw unreadable(file, reasonOf(thrown));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function look(file: string): Stats | null {
  try {
    return statSync(file);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== 'ENOENT') throw unreadable(file, reasonOf(thrown));
  }
  const link = lstatSync(file, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() === true)
    throw unreadable(file, `it is a link to ${readlinkSync(file)}, which does not exist`);
  return null;
}

function readAtMost(descriptor: number, length: number): Uint8Array {
  const buffer = Buffer.alloc(length);
  let done = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, done, length - done, null);
    done += count;
    if (count === 0 || done === length) return buffer.subarray(0, done);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

const reasons: Record<string, string> = {
  EACCES: 'the user that runs Plimsoll may not read it',
  EPERM: 'the user that runs Plimsoll may not read it',
  ELOOP: 'it is a link that leads back to itself',
  ENOTDIR: 'a part of its path is a file, not a directory',
  ENAMETOOLONG: 'its path is too long',
};

function reasonOf(thrown: unknown): string {
  return reasons[systemCodeOf(thrown) ?? ''] ?? messageOf(thrown);
}

function unreadable(file: string, reason: string): PlimsollError {
  return new PlimsollError('unreadable', `${file} cannot be read: ${reason}.`);
}
