import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../contract/settings.ts';
import { starterSettings } from '../monitor/settings/starter.ts';
import { electronStoreOptions, SettingsGuard } from './settings-guard.ts';

// electron-store asks Electron only for a directory that we give it anyway.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: 'data:text/javascript,export default {}', shortCircuit: true }
      : next(specifier, context),
});
const { default: ElectronStore } = await import('electron-store');

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-guard-'));
  file = join(directory, 'settings.json');
});
afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true, force: true });
});

function open(path = file): Promise<SettingsGuard> {
  return SettingsGuard.open({
    path,
    openStore: () => new ElectronStore<Record<string, unknown>>(electronStoreOptions(directory)),
    directory,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
}

/** Settings with so many rules, named by their number. */
function withRules(count: number): Settings {
  const settings = structuredClone(starterSettings());
  const [rule] = settings.rules;
  settings.rules = Array.from({ length: count }, (_, index) => ({
    ...rule!,
    id: `rule-${index}`,
    name: `Rule ${index}`,
  }));
  return settings;
}

function ruleCount(guard: SettingsGuard): number | undefined {
  return (guard.read()?.content as Settings | undefined)?.rules.length;
}

async function save(guard: SettingsGuard, count: number): Promise<string> {
  return guard.write(withRules(count), null, guard.read()?.revision ?? null);
}

/** Something else stands where the file was. */
function putInPlace(make: () => unknown): void {
  rmSync(file);
  make();
}

function names(pattern: RegExp): string[] {
  return readdirSync(directory).filter((name) => pattern.test(name));
}

describe('saving', () => {
  it('writes electron-store its file, for the owner alone, and finds it again', async () => {
    const guard = await open();
    expect(guard.read()).toBeNull();
    const revision = await save(guard, 3);
    expect(new ElectronStore(electronStoreOptions(directory)).store).toEqual(
      JSON.parse(JSON.stringify(withRules(3))),
    );
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await open();
    expect(again.read()).toEqual({ content: JSON.parse(JSON.stringify(withRules(3))), revision });
    expect(again.recovery).toBeNull();
  });

  it('keeps three good generations, the newest of which is what is in force', async () => {
    const guard = await open();
    for (const count of [1, 2, 3, 4, 5]) await save(guard, count);
    const generations = names(/\.good-\d+$/).sort();
    expect(
      generations.map(
        (name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as Settings).rules.length,
      ),
    ).toEqual([3, 4, 5]);
  });

  it('lets one of two win that are based on the same revision', async () => {
    const guard = await open();
    const base = await save(guard, 1);
    const [first, second] = await Promise.allSettled([
      guard.write(withRules(2), null, base),
      guard.write(withRules(3), null, base),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'conflict' } });
    expect(ruleCount(await open())).toBe(2);
  });

  it('does not overwrite what somebody else wrote, and takes it over when asked to read', async () => {
    const guard = await open();
    const base = await save(guard, 1);
    writeFileSync(file, JSON.stringify(withRules(7)));
    await expect(guard.write(withRules(2), null, base)).rejects.toMatchObject({ code: 'conflict' });
    expect(ruleCount(guard)).toBe(7);
    await save(guard, 8);
    expect(ruleCount(await open())).toBe(8);
  });

  it('reports a store that says yes and wrote half, and puts the file back', async () => {
    await save(await open(), 4);
    const before = readFileSync(file);
    const guard = await SettingsGuard.open({
      path: file,
      openStore: () => ({
        set store(content: Record<string, unknown>) {
          writeFileSync(file, JSON.stringify(content).slice(0, 100));
        },
      }),
      directory,
      now: Date.now,
    });
    await expect(save(guard, 5)).rejects.toMatchObject({ code: 'disk_full', retry: true });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(ruleCount(guard)).toBe(4);
    expect(ruleCount(await open())).toBe(4);
    expect(names(/\.good-/)).toHaveLength(1);
  });

  it.each([
    ['deleted', () => rmSync(file)],
    ['truncated', () => truncateSync(file, 20)],
    ['replaced by a directory', () => putInPlace(() => mkdirSync(file))],
  ])('goes on when the file was %s meanwhile', async (_, damage) => {
    const guard = await open();
    await save(guard, 1);
    damage();
    expect(ruleCount(guard)).toBe(1);
    await save(guard, 2);
    expect(ruleCount(await open())).toBe(2);
  });
});

/** Bytes of the file that was good, turned into something else. */
const damages: [name: string, damage: (good: Buffer) => Buffer | string][] = [
  ['empty', () => ''],
  ['cut after one byte', (good) => good.subarray(0, 1)],
  ['cut in the middle', (good) => good.subarray(0, good.length >> 1)],
  ['without its last byte', (good) => good.subarray(0, -1)],
  ['zeroed', (good) => Buffer.alloc(good.length)],
  [
    'zeroed in its second half',
    (good) => Buffer.concat([good.subarray(0, good.length >> 1), Buffer.alloc(good.length >> 1)]),
  ],
  ['cut to whole blocks', (good) => good.subarray(0, 512)],
  ['half-written over a longer one', (good) => Buffer.concat([good.subarray(0, 700), good.subarray(650)])],
  ['written twice', (good) => Buffer.concat([good, good])],
  ['random bytes', (good) => Buffer.from(good.map((_, index) => (index * 197 + 91) % 256))],
  ['UTF-16', (good) => Buffer.from(good.toString('utf8'), 'utf16le')],
  ['with a byte order mark', (good) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])],
  [
    'with a broken character',
    (good) => Buffer.concat([good.subarray(0, 300), Buffer.from([0xc3]), good.subarray(301)]),
  ],
  ['emptied as an invalid configuration', () => '{}'],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['a bare text', () => '"settings"'],
  ['of an unknown version', (good) => good.toString('utf8').replace(/"version":\s*1/, '"version": 999')],
  ['without a version', (good) => good.toString('utf8').replace(/"version":\s*1,/, '')],
  ['with a key that nobody knows', (good) => good.toString('utf8').replace('{', '{"future": 1,')],
  ['with a prototype as a key', (good) => good.toString('utf8').replace('{', '{"__proto__": {"x": 1},')],
  [
    'with a rule that does not hold',
    (good) => good.toString('utf8').replace(/"threshold":\s*\d+/, '"threshold": "high"'),
  ],
  ['YAML', () => 'version: 1\nrules: []\n'],
  ['larger than memory likes', () => Buffer.alloc(17 * 1024 * 1024, ' ')],
];

describe('a file that is', () => {
  it.each(damages)(
    '%s: starts with the last good generation, keeps the file, loses no rule',
    async (_, damage) => {
      const guard = await open();
      for (const count of [5, 6]) await save(guard, count);
      const bad = Buffer.from(damage(readFileSync(file)));
      writeFileSync(file, bad);

      const restored = await open();
      expect(ruleCount(restored)).toBe(6);
      const keptAs = restored.recovery?.keptAs ?? '';
      expect(basename(keptAs)).toBe('settings.json.damaged-20260102T030405Z');
      expect(readFileSync(keptAs).equals(bad)).toBe(true);
      expect(restored.recovery?.problem).not.toContain('Rule 0');
      expect(restored.notice).toContain(`It is kept as ${keptAs}. The newest good copy is in force.`);

      await save(restored, 7);
      const next = await open();
      expect(ruleCount(next)).toBe(7);
      expect([next.recovery, next.notice]).toEqual([null, null]);
    },
  );

  const places: [name: string, damage: () => void][] = [
    ['gone', () => rmSync(file)],
    ['a directory', () => putInPlace(() => mkdirSync(join(file, 'inside'), { recursive: true }))],
    ['a link to nowhere', () => putInPlace(() => symlinkSync(join(directory, 'nowhere'), file))],
    ['a link to itself', () => putInPlace(() => symlinkSync(file, file))],
    ['a pipe', () => putInPlace(() => spawnSync('mkfifo', [file]))],
  ];
  it.skipIf(process.platform === 'win32').each(places)(
    '%s: starts with the last good generation and can be saved again',
    async (_, damage) => {
      await save(await open(), 6);
      damage();
      const restored = await open();
      expect(ruleCount(restored)).toBe(6);
      expect(restored.recovery?.restoredFrom).toMatch(/\.good-1$/);
      await save(restored, 7);
      expect(ruleCount(await open())).toBe(7);
      expect(names(/\.damaged-/)).toHaveLength(restored.recovery?.keptAs === null ? 0 : 1);
    },
  );
});

describe('generations', () => {
  it('that are damaged are passed over, and do not push out the good ones', async () => {
    const guard = await open();
    for (const count of [1, 2, 3]) await save(guard, count);
    const [, middle, newest] = names(/\.good-/).sort();
    writeFileSync(join(directory, newest!), '');
    writeFileSync(join(directory, middle!), '{}');
    truncateSync(file, 10);
    const restored = await open();
    expect(ruleCount(restored)).toBe(1);
    await save(restored, 9);
    expect(names(/\.good-1$/)).toHaveLength(1);
  });

  it('are all that is needed when nothing else is left', async () => {
    await save(await open(), 6);
    rmSync(file);
    expect(ruleCount(await open())).toBe(6);
  });

  it('take in what was edited by hand between two runs', async () => {
    await save(await open(), 6);
    writeFileSync(file, JSON.stringify(withRules(9), null, 4));
    expect(ruleCount(await open())).toBe(9);
    writeFileSync(file, 'oh');
    expect(ruleCount(await open())).toBe(9);
  });

  it('without any, a bad file is kept aside and the start is the first one', async () => {
    writeFileSync(file, '{"rules":');
    const guard = await open();
    expect(guard.read()).toBeNull();
    expect(guard.recovery).toMatchObject({ restoredFrom: null });
    expect(readFileSync(guard.recovery?.keptAs ?? '', 'utf8')).toBe('{"rules":');
  });

  it('of another file are left alone', async () => {
    writeFileSync(join(directory, 'settings.json.good-x'), 'mine');
    for (const count of [1, 2, 3, 4]) await save(await open(), count);
    renameSync(join(directory, 'settings.json.good-x'), join(directory, 'x'));
    expect(readFileSync(join(directory, 'x'), 'utf8')).toBe('mine');
  });
});
