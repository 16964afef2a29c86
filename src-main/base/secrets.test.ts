import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretReference } from '../contract/secret.ts';
import { MemorySecretStore } from '../testing/memory-secret-store.ts';
import { secretResolver } from './secrets.ts';

let directory: string;
let env: Record<string, string>;
const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);
const store = new MemorySecretStore({ 'destinations/mail/password#1': 'stored' });
const found = (reference: SecretReference) => secretResolver({ env, directory, store })(reference);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'));
  env = {};
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a secret is found', () => {
  it('in the environment, before the file that NAME_FILE names', async () => {
    write('key', 'from the file\n');
    env = { KEY: 'from the environment', KEY_FILE: join(directory, 'key'), EMPTY: '', EMPTY_FILE: 'key' };
    expect(await found({ env: 'KEY' })).toBe('from the environment');
    expect(await found({ env: 'EMPTY' })).toBe('from the file');
    await expect(found({ env: 'OTHER' })).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/no OTHER\. Set it, or OTHER_FILE to a file/) as string,
    });
  });

  it('in a file beside the settings, without its last line end and with all others', async () => {
    mkdirSync(join(directory, 'keys'));
    for (const [content, secret] of [
      ['pässword\n', 'pässword'],
      ['a\r\n', 'a'],
      ['-----BEGIN\nx\n-----END\n\n', '-----BEGIN\nx\n-----END\n'],
      [' spaces ', ' spaces '],
      ['x'.repeat(65_536), 'x'.repeat(65_536)],
    ] as const) {
      write('keys/one', content);
      expect(await found({ file: 'keys/one' })).toBe(secret);
      expect(await found({ file: join(directory, 'keys', 'one') })).toBe(secret);
    }
  });

  it('in the store, and only then among what systemd handed over', async () => {
    write('credential', 'handed over\n');
    env = { CREDENTIALS_DIRECTORY: directory };
    expect(await found({ secret: 'destinations/mail/password#1' })).toBe('stored');
    expect(await found({ secret: 'credential' })).toBe('handed over');
  });
});

describe('what is no secret is refused, and nothing of it is said', () => {
  it.each(['../outside', '..', '.', '.hidden', 'a/../../outside', '/etc/passwd', ''])(
    'a credential %j, which would lead out of its directory',
    async (name) => {
      mkdirSync(join(directory, 'inside'));
      for (const file of ['outside', 'inside/.hidden']) write(file, 'canary');
      env = { CREDENTIALS_DIRECTORY: join(directory, 'inside') };
      await expect(found({ secret: name })).rejects.toThrow(/The secret store has no/);
    },
  );

  it.runIf(process.platform !== 'win32').each<[string, () => unknown, RegExp]>([
    ['is missing', () => undefined, /there is no such file/],
    ['is a directory', () => mkdirSync(join(directory, 'key')), /is no plain file/],
    [
      'is a pipe that nobody writes to',
      () => execFileSync('mkfifo', [join(directory, 'key')]),
      /no plain file/,
    ],
    ['is a device without an end', () => symlinkSync('/dev/zero', join(directory, 'key')), /no plain file/],
    ['is a link to itself', () => symlinkSync('key', join(directory, 'key')), /cannot be read/],
    ['is empty', () => write('key', '\n'), /is empty/],
    ['is not UTF-8', () => write('key', Buffer.from('canary\xff', 'latin1')), /cannot be read/],
    ['is larger than a secret', () => write('key', 'canary'.repeat(20_000)), /larger than the 64 KiB/],
  ])('a file that %s', async (_name, make, message) => {
    make();
    const thrown: unknown = await found({ file: 'key' }).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code: 'unreadable', message: expect.stringMatching(message) as string });
    expect(String(thrown)).toContain(join(directory, 'key'));
    expect(String(thrown)).not.toContain('canary');
  });

  it('a path with a NUL byte', async () => {
    await expect(found({ file: 'key\0' })).rejects.toMatchObject({ code: 'unreadable' });
  });
});
