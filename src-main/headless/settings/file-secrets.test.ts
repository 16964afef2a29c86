import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSecrets } from './file-secrets.ts';

const canary = 'correct-horse-battery';
let directory: string;
const at = (name: string) => join(directory, name);
const bytesOfAll = () => readdirSync(directory).map((name) => [name, readFileSync(at(name)).toString('hex')]);

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'))));
afterEach(() => rmSync(directory, { recursive: true }));

describe('FileSecrets', () => {
  it('gives back what was stored, to another process too, and stands in no file in clear', async () => {
    const store = new FileSecrets(directory);
    expect([await store.read('mail'), await store.names()]).toEqual([null, []]);
    await store.write('mail', canary);
    await store.write('__proto__', 'ünïcode 🔑');
    const again = new FileSecrets(directory);
    expect([
      await again.read('mail'),
      await again.read('__proto__'),
      await again.read('constructor'),
    ]).toEqual([canary, 'ünïcode 🔑', null]);
    expect(await again.names()).toEqual(['mail', '__proto__']);
    const forms = ['utf8', 'base64', 'base64url', 'hex'] as const;
    for (const name of readdirSync(directory))
      for (const form of forms)
        expect(readFileSync(at(name)).toString('latin1')).not.toContain(Buffer.from(canary).toString(form));
    if (process.platform !== 'win32')
      expect(readdirSync(directory).map((name) => [name, statSync(at(name)).mode & 0o777])).toEqual([
        ['secrets.json', 0o600],
        ['secrets.key', 0o600],
      ]);
  });

  it('does not lose one of many that are written and removed at once', async () => {
    const store = new FileSecrets(directory);
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await Promise.all(names.map((name) => store.write(name, `${name}!`)));
    await Promise.all([store.remove('s3'), store.write('s4', 'new'), store.remove('never there')]);
    const left = await new FileSecrets(directory).names();
    expect(left.sort()).toEqual(names.filter((name) => name !== 's3').sort());
    expect([await store.read('s4'), await store.read('s19')]).toEqual(['new', 's19!']);
  });

  it('writes nothing when there is nothing to remove', async () => {
    await new FileSecrets(directory).remove('never there');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says what to do when its key is lost or another, and deletes nothing', async () => {
    const store = new FileSecrets(directory);
    await store.write('mail', canary);
    const key = readFileSync(at('secrets.key'));
    for (const spoil of [
      () => unlinkSync(at('secrets.key')),
      () => writeFileSync(at('secrets.key'), Buffer.alloc(32, 7)),
      () => writeFileSync(at('secrets.key'), 'short'),
    ]) {
      spoil();
      const before = bytesOfAll();
      await expect(store.read('mail')).rejects.toMatchObject({
        code: 'unreadable',
        message: expect.stringMatching(
          /"mail" does not open with .*secrets\.key\. Put that file back, or enter/,
        ) as string,
      });
      expect(bytesOfAll()).toEqual(before);
      writeFileSync(at('secrets.key'), key);
    }
    expect(await store.read('mail')).toBe(canary);
  });

  it('opens no secret under the name of another, and none that was changed', async () => {
    const store = new FileSecrets(directory);
    await store.write('mail', canary);
    const document = JSON.parse(readFileSync(at('secrets.json'), 'utf8')) as {
      secrets: Record<string, string>;
    };
    const sealed = document.secrets['mail'] ?? '';
    const flipped = Buffer.from(sealed, 'base64');
    flipped[30] = (flipped[30] ?? 0) ^ 1;
    document.secrets = { slack: sealed, changed: flipped.toString('base64'), empty: '' };
    writeFileSync(at('secrets.json'), JSON.stringify(document));
    for (const name of ['slack', 'changed', 'empty'])
      await expect(store.read(name)).rejects.toMatchObject({ code: 'unreadable' });
  });

  it.each([
    ['half', '{"version":1,"secrets":{"a"'],
    ['empty', ''],
    ['zeros', '\0\0\0\0'],
    ['a list', '[]'],
    ['null', 'null'],
    ['of a newer version', '{"version":2,"secrets":{}}'],
  ])('leaves a file alone that is %s, also when it is asked to write', async (_name, content) => {
    writeFileSync(at('secrets.json'), content);
    const store = new FileSecrets(directory);
    for (const work of [
      () => store.read('a'),
      () => store.names(),
      () => store.write('a', canary),
      () => store.remove('a'),
    ])
      await expect(work()).rejects.toMatchObject({
        code: 'damaged',
        message: expect.stringContaining('Put a copy back, or move it away') as string,
      });
    expect(bytesOfAll()).toEqual([['secrets.json', Buffer.from(content).toString('hex')]]);
  });

  it('names the place where it cannot write', async () => {
    const taken = at('taken');
    writeFileSync(taken, 'no directory');
    await expect(new FileSecrets(taken).write('a', canary)).rejects.toMatchObject({
      code: 'cannot_create',
      message: expect.stringContaining('taken') as string,
    });
  });
});
