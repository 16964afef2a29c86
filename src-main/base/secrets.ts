import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, PlimsollError, systemCodeOf } from '../contract/error.ts';
import type { ResolveSecret, SecretStore } from '../contract/secret.ts';

/** Largest secret file, in bytes: more than any key or certificate needs. */
const bytesAtMost = 64 * 1024;

interface SecretPlaces {
  /** Environment variables, including those of `.env`. */
  env: Readonly<Record<string, string | undefined>>;
  /** Base directory of relative paths in `{ file }` and `NAME_FILE`. */
  directory: string;
  store: Pick<SecretStore, 'read'>;
}

/**
 * Returns a function that resolves references to secrets. `{ env: NAME }` is the variable, or the content of the file
 * that `NAME_FILE` names; `{ file }` is a file without its last line end; `{ secret }` is an entry of the store, or a
 * credential passed by systemd (`$CREDENTIALS_DIRECTORY`, systemd.exec(5)). Errors are worth a retry, because a missing
 * secret may still be added.
 */
export function secretResolver({ env, directory, store }: SecretPlaces): ResolveSecret {
  return async (reference) => {
    if ('env' in reference) {
      const value = env[reference.env];
      if (value !== undefined && value !== '') return value;
      const file = env[`${reference.env}_FILE`];
      if (file !== undefined && file !== '') return secretFile(resolve(directory, file));
      throw missing(
        `The environment has no ${reference.env}. Set it, or ${reference.env}_FILE to a file that holds it, and start Plimsoll again.`,
      );
    }
    if ('file' in reference) return secretFile(resolve(directory, reference.file));
    const stored = await store.read(reference.secret);
    if (stored !== null) return stored;
    const credentials = env['CREDENTIALS_DIRECTORY'];
    if (
      credentials !== undefined &&
      /^[A-Za-z0-9._-]+$/.test(reference.secret) &&
      !reference.secret.startsWith('.')
    )
      return secretFile(join(credentials, reference.secret));
    throw missing(
      `The secret store has no ${JSON.stringify(reference.secret)}. Enter it again in the window.`,
    );
  };
}

function secretFile(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(
      path,
      process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK,
    );
    if (!fstatSync(descriptor).isFile())
      throw missing(`${path} is no plain file; a secret is read from one.`);
    const buffer = Buffer.alloc(bytesAtMost + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length > bytesAtMost) throw missing(`${path} is larger than the 64 KiB that a secret may have.`);
    const text = new TextDecoder('utf-8', { fatal: true })
      .decode(buffer.subarray(0, length))
      .replace(/\r?\n$/, '');
    if (text === '') throw missing(`${path} is empty; it should hold a secret.`);
    return text;
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    const why = systemCodeOf(thrown) === 'ENOENT' ? 'there is no such file' : messageOf(thrown);
    throw new PlimsollError('unreadable', `The secret in ${path} cannot be read: ${why}.`, {
      retry: true,
      cause: thrown,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function missing(message: string): PlimsollError {
  return new PlimsollError('unreadable', message, { retry: true });
}
