import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { Secrets } from './secrets.ts';
import type { SafeStorage } from './secrets.ts';

let directory: string;
let path: string;
let clock: HandClock;
let system: FakeSystem;

/** A key ring that answers or not, and whose key can be changed. */
class FakeSystem implements SafeStorage {
  available = true;
  backend = 'gnome_libsecret';
  key = 1;
  knownKeys = [1];
  failures = 0;
  attempts = 0;

  isAsyncEncryptionAvailable(): Promise<boolean> {
    return Promise.resolve(this.available);
  }

  getSelectedStorageBackend(): string {
    return this.backend;
  }

  encryptStringAsync(text: string): Promise<Buffer> {
    return this.#answer(() => Buffer.from(`${this.key}:${Buffer.from(text).toString('hex')}`));
  }

  decryptStringAsync(encrypted: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
    return this.#answer(() => {
      const [key, hex = ''] = encrypted.toString().split(':');
      if (!this.knownKeys.includes(Number(key))) throw new Error('wrong key');
      return { result: Buffer.from(hex, 'hex').toString(), shouldReEncrypt: Number(key) !== this.key };
    });
  }

  async #answer<T>(make: () => T): Promise<T> {
    await Promise.resolve();
    this.attempts++;
    if (this.failures-- > 0) throw new Error('the key ring is locked');
    return make();
  }
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'));
  path = join(directory, 'secrets.json');
  clock = new HandClock();
  system = new FakeSystem();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(platform: 'linux' | 'darwin' = 'linux'): Promise<Secrets> {
  return Secrets.open({ safeStorage: system, platform, path, clock });
}

/** What comes of it when time passes as it needs to. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await clock.turn(60_000);
  return promise;
}

describe('a secret', () => {
  it('comes back after a restart, and is on disk in no readable form', async () => {
    await (await open()).write('smtp', 'canary-7391');
    expect(await (await open()).read('smtp')).toBe('canary-7391');
    expect(await (await open()).read('other')).toBeNull();
    const file = readFileSync(path, 'utf8');
    expect(file).toContain('smtp');
    expect(file).not.toContain('canary-7391');
  });

  it('is asked for again while the key ring is locked', async () => {
    const secrets = await open();
    await secrets.write('smtp', 'a');
    system.failures = 3;
    expect(await inTime(secrets.read('smtp'))).toBe('a');
    expect(system.failures).toBe(-1);
  });

  it('that cannot be decrypted is kept, and its owner is asked', async () => {
    await (await open()).write('smtp', 'a');
    const before = readFileSync(path, 'utf8');
    system.knownKeys = [];
    const secrets = await open();
    await expect(inTime(secrets.read('smtp'))).rejects.toMatchObject({
      code: 'unreadable',
      retry: false,
      message: expect.stringContaining('Enter it again'),
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
    // The key ring is back.
    system.knownKeys = [1];
    expect(await secrets.read('smtp')).toBe('a');
  });

  it('is encrypted anew when the system has a newer key', async () => {
    const secrets = await open();
    await secrets.write('smtp', 'a');
    system.key = 2;
    system.knownKeys = [1, 2];
    expect(await secrets.read('smtp')).toBe('a');
    system.knownKeys = [2];
    expect(await (await open()).read('smtp')).toBe('a');
  });

  it('that is removed is gone, and the others stay', async () => {
    const secrets = await open();
    await Promise.all([secrets.write('one', '1'), secrets.write('two', '2')]);
    await secrets.remove('one');
    const again = await open();
    expect([await again.read('one'), await again.read('two')]).toEqual([null, '2']);
  });
});

describe('how secrets are kept', () => {
  it.each([
    ['linux', 'gnome_libsecret', 'system'],
    ['linux', 'kwallet6', 'system'],
    ['linux', 'basic_text', 'weak'],
    ['linux', 'unknown', 'weak'],
    ['darwin', 'not asked for', 'system'],
  ] as const)('%s with %s is called %s', async (platform, backend, kind) => {
    system.backend = backend;
    expect((await open(platform)).kind).toBe(kind);
  });

  it('where the system has no place for them, none is stored', async () => {
    system.available = false;
    const secrets = await open();
    expect(secrets.kind).toBe('none');
    await expect(secrets.write('smtp', 'a')).rejects.toMatchObject({ code: 'unsupported' });
    expect(existsSync(path)).toBe(false);
  });
});

it.each([
  '',
  '{"version":1,"secrets":{"a"',
  '{"version":2,"secrets":{}}',
  '{"version":1,"secrets":{"a":5}}',
  'null',
])('a damaged file (%j) is kept aside and does not stop the start', async (text) => {
  writeFileSync(path, text);
  const secrets = await open();
  expect(await secrets.read('a')).toBeNull();
  await secrets.write('a', 'new');
  const [kept = ''] = readdirSync(directory).filter((name) => name.includes('.damaged-'));
  expect(readFileSync(join(directory, kept), 'utf8')).toBe(text);
});
