import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashOf, locateScript } from '../../collectors/scripts/script-file.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { SourceSettings } from '../../contract/settings.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { Scripts } from './scripts.ts';

let home: string;
let folder: string;
let sources: SourceSettings[];
let checking: string[];
let isReadOnly: boolean;
let changes: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plimsoll-scripts-'));
  folder = join(home, 'metrics');
  mkdirSync(folder);
  sources = [];
  checking = [];
  isReadOnly = false;
  changes = 0;
});
afterEach(() => rmSync(home, { recursive: true }));

function open(clock = new HandClock(), locate = locateScript): Scripts {
  return new Scripts({
    directory: join(home, 'data'),
    folder,
    clock,
    sources: () => sources,
    addSource: (source, checks) => {
      if (isReadOnly) return Promise.reject(new PlimsollError('forbidden', 'only read'));
      sources.push({ ...source, enabled: true });
      if (checks) checking.push(source.name);
      return Promise.resolve();
    },
    onChange: () => changes++,
    locate,
  });
}

function write(name: string, text: string, mode = 0o600): { path: string; sha256: string } {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return { path, sha256: hashOf(Buffer.from(text)) };
}

test('scripts are found among hundreds of other files, and what is not looked at is said', async () => {
  for (let number = 0; number < 250; number++) write(`a${number}.txt`, 'x');
  write('z.py', 'z');
  const { scripts, problem } = await open().list();
  expect(scripts.map(({ file }) => file)).toEqual(['z.py']);
  expect(problem).toContain('51 of them are not looked at');
});

test('lists what is a script, and not what lies beside it', async () => {
  write('a.py', 'a');
  write('b.sh', '#!/bin/sh\n', 0o700);
  write('c.sh', '#!/bin/sh\n');
  for (const name of ['notes.md', '.hidden.py', '_private.py', 'old.py~']) write(name, 'x');
  mkdirSync(join(folder, '__pycache__'));
  mkdirSync(join(folder, 'folder'));
  const { scripts } = await open().list();
  expect(scripts.map(({ file, state }) => [file, state])).toEqual([
    ['a.py', 'waiting'],
    ['b.sh', 'waiting'],
    ['c.sh', 'refused'],
  ]);
});

test('says why what is called like a script cannot be one', async () => {
  mkdirSync(join(folder, 'dir.py'));
  for (const name of ['lost.py', 'lost']) symlinkSync(join(home, 'nowhere'), join(folder, name));
  symlinkSync(home, join(folder, 'home'));
  const { scripts } = await open().list();
  expect(scripts.map(({ file, state, problem }) => [file, state, problem])).toEqual([
    ['dir.py', 'refused', expect.stringMatching(/dir\.py is a folder, and a script is a plain file\.$/)],
    ['lost.py', 'refused', expect.stringContaining('lost.py is a link to a file that is not there.')],
  ]);
});

test('approves what was looked at, and nothing else', async () => {
  const scripts = open();
  const { path, sha256 } = write('a.py', 'first');
  write('a.py', 'second');
  await expect(scripts.approve({ path, sha256 })).rejects.toMatchObject({ code: 'conflict' });
  expect(await scripts.approvalFor({ file: 'a.py' })).toBeNull();
  const now = write('a.py', 'second');
  expect(await scripts.approve(now)).toMatchObject({ state: 'approved', sources: ['a'] });
  expect(await scripts.approvalFor({ file: 'a.py' })).toEqual({ sha256: now.sha256, interpreter: null });
  expect(await open().approvalFor({ file: 'a.py' })).toEqual({ sha256: now.sha256, interpreter: null });
});

test('an approved file becomes one source with a name of its own, and none where there is one', async () => {
  const scripts = open();
  sources.push(
    { name: 'A', kind: 'cpu', enabled: true },
    { name: 'mine', kind: 'script', enabled: true, file: 'b.py' },
  );
  await scripts.approve(write('a.py', 'a'));
  await scripts.approve(write('b.py', 'b'));
  await scripts.approve(write('a.py', 'another'));
  expect(sources.map(({ name, file }) => [name, file])).toEqual([
    ['A', undefined],
    ['mine', 'b.py'],
    ['a 2', 'a.py'],
  ]);
});

test('what seems to find violations of its own wants a rule', async () => {
  const scripts = open();
  await scripts.approve(write('a.py', 'import os\ndef check(metrics):\n  return []\n'));
  await scripts.approve(
    write('b.mjs', 'export const collect = () => 1;\nexport async function check(m) {}\n'),
  );
  await scripts.approve(
    write('c.py', '# def check(metrics):\ndef checks(): pass\ndef collect(): return 1\n'),
  );
  await scripts.approve(write('d.sh', '#!/bin/sh\nexport function check\n', 0o700));
  expect(checking).toEqual(['a', 'b']);
});

test('while the settings cannot be changed the approval waits, says so, and becomes a source later', async () => {
  isReadOnly = true;
  await open().approve(write('a.py', 'a'));
  const scripts = open();
  expect(await scripts.adoptApproved()).toContain('a.py is approved and waits to become a source: only read');
  isReadOnly = false;
  expect(await scripts.adoptApproved()).toBeNull();
  expect(sources.map(({ name }) => name)).toEqual(['a']);
  sources = [];
  // Whoever removes the source meant it.
  expect(await scripts.adoptApproved()).toBeNull();
  expect(sources).toEqual([]);
});

test('what cannot be kept of an approval is said, and is no source twice', async () => {
  isReadOnly = true;
  const scripts = open();
  await scripts.approve(write('a.py', 'a'));
  isReadOnly = false;
  const kept = join(home, 'data/scripts');
  renameSync(kept, `${kept}.away`);
  writeFileSync(kept, 'in the way');
  expect(await scripts.adoptApproved()).toMatch(/a\.py is approved and waits .*EEXIST/);
  rmSync(kept);
  renameSync(`${kept}.away`, kept);
  expect(await scripts.adoptApproved()).toBeNull();
  expect(sources.map(({ name }) => name)).toEqual(['a']);
});

test('an approval is for the interpreter of its source', async () => {
  const scripts = open();
  sources.push({ name: 'a', kind: 'script', enabled: true, file: 'a.py', interpreter: '/opt/python' });
  const file = write('a.py', 'a');
  expect(await scripts.approve(file)).toMatchObject({ state: 'approved', interpreter: '/opt/python' });
  sources = [{ name: 'a', kind: 'script', enabled: true, file: 'a.py' }];
  expect((await scripts.list()).scripts[0]).toMatchObject({ state: 'changed' });
});

test('shows what is in a script of the list, and in no other file', async () => {
  const scripts = open();
  const { path, sha256 } = write('a.py', 'x'.repeat(70_000));
  expect(await scripts.text(path)).toEqual({ path, sha256, text: 'x'.repeat(65_536), isCut: true });
  writeFileSync(join(home, 'secret.py'), 'secret');
  for (const other of [join(home, 'secret.py'), join(folder, '../secret.py'), '/etc/passwd'])
    await expect(scripts.text(other)).rejects.toMatchObject({ code: 'not_found' });
  const binary = write('b.py', '\0');
  expect(await scripts.text(binary.path)).toMatchObject({ text: null });
});

test('an approval is revoked once, also of a file that is gone', async () => {
  const scripts = open();
  const { path, sha256 } = write('a.py', 'a');
  await scripts.approve({ path, sha256 });
  rmSync(path);
  await scripts.revoke(path);
  expect(await scripts.approvalFor({ file: 'a.py' })).toBeNull();
  await expect(scripts.revoke(path)).rejects.toMatchObject({ code: 'not_found' });
});

test('a file system that hangs is asked once, and its approvals hold on; a late answer that is another one is a change', async () => {
  const { path, sha256 } = write('a.py', 'a');
  await open().approve({ path, sha256 });
  const clock = new HandClock();
  const answers: ((path: string) => void)[] = [];
  const scripts = open(clock, () => new Promise((resolve) => answers.push(resolve)));
  const approval = scripts.approvalFor({ file: 'a.py' });
  await clock.turn(2000);
  expect(await approval).toEqual({ sha256, interpreter: null });
  expect(await scripts.approvalFor({ file: 'a.py' })).toEqual({ sha256, interpreter: null });
  expect(answers).toHaveLength(1);
  const before = changes;
  answers[0]?.(join(home, 'elsewhere.py'));
  await clock.turn(0);
  expect(changes).toBe(before + 1);

  // As slow the second time: what it said is known by now, and nothing changes.
  const again = scripts.approvalFor({ file: 'a.py' });
  await clock.turn(2000);
  expect(await again).toBeNull();
  answers[1]?.(join(home, 'elsewhere.py'));
  await clock.turn(0);
  expect(changes).toBe(before + 1);
});
