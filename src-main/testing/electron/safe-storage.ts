import type * as Electron from 'electron';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from './app.ts';
import type { Like } from './like.ts';

/** Tests set these to see a weak backend or one that is away. */
type Backend = ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>;
const state: { backend: Backend; isAvailable: boolean } = { backend: 'gnome_libsecret', isAvailable: true };

export const safeStorage = {
  state,

  isAsyncEncryptionAvailable: () => Promise.resolve(state.isAvailable),

  getSelectedStorageBackend: () => state.backend,

  encryptStringAsync: (plainText: string) =>
    Promise.try(() => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce);
      const sealed = Buffer.concat([cipher.update(plainText, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from('v10'), nonce, cipher.getAuthTag(), sealed]);
    }),

  decryptStringAsync: (encrypted: Buffer) =>
    Promise.try(() => {
      const decipher = createDecipheriv('aes-256-gcm', key(), encrypted.subarray(3, 15));
      decipher.setAuthTag(encrypted.subarray(15, 31));
      const result = Buffer.concat([decipher.update(encrypted.subarray(31)), decipher.final()]).toString(
        'utf8',
      );
      return { result, shouldReEncrypt: false };
    }),
};
safeStorage satisfies Like<Electron.SafeStorage>;

/** The system's keyring, played by a file: it outlives the application. */
function key(): Buffer {
  if (!state.isAvailable) throw new Error('Encryption is not available.');
  const file = join(app.getPath('userData'), 'stand-in-keyring');
  if (!existsSync(file)) {
    mkdirSync(app.getPath('userData'), { recursive: true });
    writeFileSync(file, randomBytes(32), { mode: 0o600 });
  }
  return readFileSync(file);
}
