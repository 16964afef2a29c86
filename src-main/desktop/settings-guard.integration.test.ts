import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-full-'));
});
afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true, force: true });
});

/** What every child below begins with: the guard over the real electron-store, and settings of any size. */
const beginning = `
  import { chmodSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  const electron = { url: 'data:text/javascript,export default {}', shortCircuit: true };
  registerHooks({ resolve: (name, context, next) => (name === 'electron' ? electron : next(name, context)) });
  const { default: ElectronStore } = await import('electron-store');
  const { SettingsGuard, electronStoreOptions } = await import(${JSON.stringify(new URL('settings-guard.ts', import.meta.url).href)});
  const { starterSettings } = await import(${JSON.stringify(new URL('../monitor/settings/starter.ts', import.meta.url).href)});
  const directory = process.argv[1];
  const file = directory + '/settings.json';
  const openStore = () => new ElectronStore(electronStoreOptions(directory));
  const open = () => SettingsGuard.open({ path: file, openStore, directory, now: Date.now });
  const withRules = (count) => {
    const settings = starterSettings();
    settings.rules = Array.from({ length: count }, (_, n) => ({ ...settings.rules[0], id: 'r' + n, name: 'Rule ' + n }));
    return settings;
  };
  const count = (content) => content?.rules?.length ?? null;
  const save = (guard, rules) => guard.write(withRules(rules), null, guard.read()?.revision ?? null);
`;

/**
 * On 256 KiB, with every amount of free room from nothing to plenty in steps of a block: a save of about 20 KiB, then a new start.
 * Beside it electron-store alone, for comparison: whether it said that it saved, and what it left.
 */
const nearlyFull = `${beginning}
  const fill = (free) => {
    rmSync(directory + '/filler', { force: true });
    const { bavail, bsize } = statfsSync(directory);
    writeFileSync(directory + '/filler', Buffer.alloc(Math.max(0, bavail * bsize - free), 'x'));
  };
  const results = [];
  for (let free = 0; free <= 64 * 1024; free += 4096) {
    rmSync(directory + '/filler', { force: true });
    await save(await open(), 10);
    fill(free);
    const guard = await open();
    const error = await save(guard, 100).then(() => null, (thrown) => thrown.code);
    const running = count(guard.read().content);
    const started = await open();
    const result = { free, error, running, started: count(started.read()?.content), recovered: started.recovery !== null };

    rmSync(directory + '/filler', { force: true });
    await save(await open(), 10);
    fill(free);
    const alone = openStore();
    try {
      alone.store = withRules(100);
      result.aloneSaid = 'saved';
    } catch {
      result.aloneSaid = 'failed';
    }
    try {
      result.aloneLeft = count(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      result.aloneLeft = null;
    }
    results.push(result);
  }
  console.log(JSON.stringify(results));
`;

interface Result {
  free: number;
  error: string | null;
  running: number;
  started: number | null;
  recovered: boolean;
  aloneSaid: 'saved' | 'failed';
  aloneLeft: number | null;
}

const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt']).status === 0;

it('on a nearly full disk a save is whole or refused, and the next start has what was in force', (context) => {
  if (!canMount) context.skip('no file system of a chosen size can be mounted here');
  const script = `mount -t tmpfs -o size=256k tmpfs "$2" && exec "$0" --input-type=module -e "$1" "$2"`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', script, process.execPath, nearlyFull, directory],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const results = JSON.parse(stdout) as Result[];
  for (const { error, running, started, recovered, free } of results) {
    expect({ free, error, running, started, recovered }).toEqual(
      error === null
        ? { free, error: null, running: 100, started: 100, recovered: false }
        : { free, error: 'disk_full', running: 10, started: 10, recovered: false },
    );
  }
  // The range reaches from no room at all to enough of it …
  expect(results[0]?.error).toBe('disk_full');
  expect(results.at(-1)?.error).toBeNull();
  // … and over the place where electron-store says that it saved and has lost the settings.
  expect(
    results.filter(({ aloneSaid, aloneLeft }) => aloneSaid === 'saved' && aloneLeft !== 100),
  ).not.toEqual([]);
});

/** Nobody: root could read whatever the mode says. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

it('a file that may not be read is moved aside, and the last good generation holds', (context) => {
  if (process.platform === 'win32') context.skip('Windows has no mode that forbids reading');
  chmodSync(directory, 0o777);
  const script = `${beginning}
    await save(await open(), 6);
    chmodSync(file, 0);
    const guard = await open();
    const content = count(guard.read().content);
    await save(guard, 7);
    const again = await open();
    console.log(JSON.stringify({ recovery: guard.recovery, content, mode: statSync(guard.recovery.keptAs).mode & 0o777, again: count(again.read().content) }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, directory], {
    encoding: 'utf8',
    ...unprivileged,
  });
  expect(JSON.parse(stdout || stderr)).toMatchObject({
    recovery: { problem: expect.stringContaining('EACCES') },
    content: 6,
    mode: 0,
    again: 7,
  });
});

/**
 * Says with how many rules it starts and whether anything had to be mended; then saves as fast as it can, one rule more each
 * time up to 50, and says how many when a save was acknowledged.
 */
const saveForEver = `${beginning}
  const guard = await open();
  const found = count(guard.read()?.content);
  process.stdout.write((guard.recovery === null ? found : 'mended') + ' ');
  for (let rules = (found % 50) + 1; ; rules = (rules % 50) + 1) {
    await save(guard, rules);
    process.stdout.write(rules + ' ');
  }
`;

it('killed at any moment, it starts with what was acknowledged or with the save that was under way', async () => {
  let possible = ['null'];
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', saveForEver, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await once(child.stdout, 'data');
    // A different moment of a save each time: one takes about 10 ms.
    await new Promise((resolve) => setTimeout(resolve, 40 + kill * 1.7));
    child.kill('SIGKILL');
    await once(child, 'close');
    const [found = '', ...saved] = said.trim().split(' ');
    expect(possible).toContain(found);
    const acknowledged = saved.at(-1) ?? found;
    const before = acknowledged === 'null' ? 0 : Number(acknowledged);
    possible = [acknowledged, String((before % 50) + 1)];
  }
});

/** The first save of all, cut off at the end of so many renames: of the file, of its copy, of electron-store's file. */
const cutOffFirstSave = (renames: number): string => `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  let left = ${renames};
  const cutOff = () => void (--left === 0 && process.kill(process.pid, 'SIGKILL'));
  const { rename, link } = fs.promises;
  fs.promises.rename = (...paths) => rename(...paths).then(cutOff);
  fs.promises.link = (...paths) => link(...paths).then(cutOff);
  const { renameSync } = fs;
  fs.renameSync = (...paths) => (renameSync(...paths), cutOff());
  syncBuiltinESMExports();
  ${beginning}
  await save(await open(), 3);
  console.log('saved');
`;

it('a first save that was cut off is there or is not, and is nothing to be mended', () => {
  const start = `${beginning}
    const guard = await open();
    console.log(JSON.stringify({ rules: count(guard.read()?.content), notice: guard.notice }));
  `;
  const run = (script: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script, directory], { encoding: 'utf8' });
  for (let renames = 1; ; renames++) {
    const saved = run(cutOffFirstSave(renames));
    expect(saved.stderr).toBe('');
    const started = JSON.parse(run(start).stdout) as unknown;
    expect({ renames, started }).toEqual({ renames, started: { rules: 3, notice: null } });
    if (saved.stdout === 'saved\n') {
      expect(renames).toBeGreaterThan(2);
      return;
    }
    expect(saved.signal).toBe('SIGKILL');
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
  }
});
