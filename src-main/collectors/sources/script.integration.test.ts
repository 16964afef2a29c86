import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRunning } from '../../testing/command-line.ts';
import { ScriptFolder } from '../../testing/script-folder.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

let scripts: ScriptFolder;

beforeEach(() => {
  scripts = new ScriptFolder();
});
afterEach(() => scripts.close());

/** A number in a file that a script writes, once it is there. */
async function numberIn(name: string): Promise<number> {
  for (;;) {
    try {
      const text = readFileSync(join(scripts.folder, name), 'utf8').trim();
      if (text !== '') return Number(text);
    } catch {
      // Not yet.
    }
    await pause(20);
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await pause(20);
}

describe('nothing runs that was not approved', () => {
  const marking = '#!/bin/sh\ntouch ran\necho 1\n';

  test.each([null, 'f'.repeat(64)])('with %s as the hash that was approved', async (sha256) => {
    scripts.write('mark.sh', marking);
    const { values, error } = await scripts.run('mark.sh', { sha256 });
    expect([values, error?.code]).toEqual([{}, 'not_approved']);
    expect(error?.message).toContain(`plimsoll scripts approve ${join(scripts.folder, 'mark.sh')}`);
    expect(() => readFileSync(join(scripts.folder, 'ran'))).toThrow('ENOENT');
  });

  test('by an interpreter that was not approved with it', async () => {
    scripts.write('mark.sh', marking);
    const collector = scripts.open('mark.sh', { interpreter: '/bin/sh', approvedInterpreter: null });
    const { error } = await collector.read();
    collector.close();
    expect(error?.code).toBe('not_approved');
    expect(error?.message).toContain('--interpreter /bin/sh');
  });

  test('after it has changed in the midst of its work', async () => {
    scripts.write('count.py', 'def collect():\n return 1\n');
    const source = scripts.open('count.py');
    await source.read();
    expect((await source.read()).values).toEqual({ count: 1 });
    scripts.write('count.py', 'def collect():\n return 2\n');
    const { values, error } = await source.read();
    source.close();
    expect([values, error?.code]).toEqual([{}, 'not_approved']);
    expect(error?.message).toContain('has changed since it was approved');
  });

  test('although the file is swapped between the look at it and its start', async () => {
    scripts.write('swap.sh', '#!/bin/sh\necho 1\n');
    const running = scripts.run('swap.sh');
    writeFileSync(join(scripts.folder, 'swap.sh'), '#!/bin/sh\necho 2\n');
    const { values, error } = await running;
    // It depends on which version was read first: the approved bytes run, or those with another hash are refused.
    expect([1, 'not_approved']).toContain(values['swap'] ?? error?.code);
  });
});

// The numbers are those of the list of bad input that Plimsoll is held to.
describe('bad input', () => {
  test('D-1: a file that cannot run is refused with the reason', async () => {
    scripts.write('plain.sh', '#!/bin/sh\necho 1\n', 0o600);
    scripts.write('shebang.sh', '#!/nowhere/sh\necho 1\n');
    scripts.write('bare.sh', 'echo 1\n');
    mkdirSync(join(scripts.folder, 'folder.sh'));
    const outside = new ScriptFolder();
    symlinkSync(outside.write('real.sh', '#!/bin/sh\necho 1\n'), join(scripts.folder, 'link.sh'));
    const refusals = await Promise.all(
      ['missing.sh', 'plain.sh', 'shebang.sh', 'bare.sh', 'folder.sh', 'link.sh'].map((name) =>
        scripts.run(name),
      ),
    );
    outside.close();
    expect(refusals.map(({ error }) => error?.code)).toEqual([
      'not_found',
      'unsupported',
      'unsupported',
      'unsupported',
      'unreadable',
      'forbidden',
    ]);
    expect(refusals.map(({ error }) => error?.message).join('\n')).toMatch(
      /There is no file .*\n.*chmod u\+x.*\n.*\/nowhere\/sh in its first line.*\n.*does not say what runs it.*\n.*is a folder.*\n.*leads out of its folder/,
    );
  });

  test('D-1: a first line that ends as on Windows, or names nothing, is said to', async () => {
    scripts.write('windows.sh', '#!/bin/sh\r\necho 1\r\n');
    scripts.write('env.sh', '#!/usr/bin/env sh\r\necho 1\r\n');
    scripts.write('empty.sh', '#!\n/bin/sh\n');
    const refusals = await Promise.all(['windows.sh', 'env.sh', 'empty.sh'].map((name) => scripts.run(name)));
    expect(refusals.map(({ error }) => error?.code)).toEqual(['unsupported', 'unsupported', 'unsupported']);
    expect(refusals.map(({ error }) => error?.message).join('\n')).toMatch(
      /line ends of Windows.*\n.*line ends of Windows.*\n.*does not say what runs it/,
    );
  });

  test('D-2: what others can change is refused', async (context) => {
    scripts.write('open.sh', '#!/bin/sh\necho 1\n', 0o707);
    expect((await scripts.run('open.sh')).error?.message).toContain('chmod o-w');
    scripts.write('a.sh', '#!/bin/sh\necho 1\n');
    chmodSync(scripts.folder, 0o777);
    expect((await scripts.run('a.sh')).error?.code).toBe('forbidden');
    chmodSync(scripts.folder, 0o700);
    if (!isRoot) return context.skip('only root can give a file away');
    chownSync(join(scripts.folder, 'a.sh'), 12_345, 0);
    expect((await scripts.run('a.sh')).error?.message).toContain('belongs to another user (12345)');
  });

  test('D-4: no output is unknown', async () => {
    scripts.write('silent.sh', '#!/bin/sh\n');
    expect((await scripts.run('silent.sh')).error).toMatchObject({ code: 'unreadable' });
  });

  test('D-5: exit codes of Nagios plugins are their state, all others an error', async () => {
    const outcomes = [];
    for (const end of [
      'exit 0',
      'exit 1',
      'exit 2',
      'exit 3',
      'exit 4',
      'exit 126',
      'exit 127',
      'exit 255',
      'kill -9 $$',
    ]) {
      scripts.write('plugin.sh', `#!/bin/sh\necho "DISK OK - free | used=5GB;8;9;0;10"\n${end}\n`);
      const { values, error } = await scripts.run('plugin.sh');
      outcomes.push([values['state'], values['used'], error?.code]);
    }
    expect(outcomes).toEqual([
      ...[0, 1, 2, 3].map((state) => [state, 5, undefined]),
      ...Array.from({ length: 5 }, () => [undefined, undefined, 'unreadable']),
    ]);
  });

  test.runIf(isLinux)('D-7: a daemon that keeps stdout open holds nothing up and does not stay', async () => {
    scripts.write(
      'daemon.sh',
      '#!/bin/sh\nsetsid sh -c "echo \\$\\$ > pid; exec sleep 1000" &\nwhile [ ! -s pid ]; do sleep 0.05; done\necho 42\n',
    );
    expect((await scripts.run('daemon.sh')).values).toEqual({ daemon: 42 });
    await untilGone(await numberIn('pid'));
  });

  test.each(['exec yes', 'exec yes >&2', 'head -c 1073741824 /dev/zero'])(
    'D-8: endless output is cut: %s',
    async (command) => {
      scripts.write('flood.sh', `#!/bin/sh\n${command}\n`);
      const { values, error } = await scripts.run('flood.sh');
      expect([values, error?.code]).toEqual([{}, 'too_large']);
    },
  );

  test('D-13: what it had said before it hung does not count', async () => {
    scripts.write('partial.sh', '#!/bin/sh\necho 42\nsleep 100\n');
    const { values, error } = await scripts.run('partial.sh', { timeoutSeconds: 0.5 });
    expect([values, error?.code]).toEqual([{}, 'deadline']);
  });

  test('D-14: there is nothing to read', async () => {
    scripts.write('reads.sh', '#!/bin/sh\nread line\ncat\necho 1\n');
    expect((await scripts.run('reads.sh')).values).toEqual({ reads: 1 });
  });

  test('D-16: the environment holds no secret, but for the settings', async () => {
    process.env['PLIMSOLL_TEST_PASSWORD'] = 'canary';
    scripts.write('env.sh', '#!/bin/sh\nenv > all\necho 1\n');
    await scripts.run('env.sh', {
      settings: { 'warn-at': '5', key: { secret: 'key' } },
      secrets: { key: 'k3y' },
    });
    delete process.env['PLIMSOLL_TEST_PASSWORD'];
    const all = readFileSync(join(scripts.folder, 'all'), 'utf8');
    expect(all).not.toContain('canary');
    expect(all).toContain('PLIMSOLL_SETTING_WARN_AT=5\n');
    expect(all).toContain('PLIMSOLL_SETTING_KEY=k3y\n');
  });

  test.each([
    ['env.py', 'import os\ndef collect():\n return {name: 1 for name in os.environ}\n'],
    [
      'env.mjs',
      'export const collect = () => Object.fromEntries(Object.keys(process.env).map((name) => [name, 1]));\n',
    ],
  ])('D-16: nor does that of %s', async (name, text) => {
    process.env['PLIMSOLL_TEST_PASSWORD'] = 'canary';
    scripts.write(name, text);
    const { values } = await scripts.run(name);
    delete process.env['PLIMSOLL_TEST_PASSWORD'];
    expect(Object.keys(values)).toEqual(expect.arrayContaining(['PATH', 'PLIMSOLL_SCRIPT']));
    expect(Object.keys(values)).not.toContain('PLIMSOLL_TEST_PASSWORD');
  });

  test('a secret that a script repeats is struck out', async () => {
    scripts.write('tells.py', 'def collect(settings):\n raise ValueError(settings["key"])\n');
    const { error } = await scripts.run('tells.py', {
      settings: { key: { secret: 'key' } },
      secrets: { key: 'k3ykey' },
    });
    expect(error?.message).toContain('[secret]');
    expect(error?.message).not.toContain('k3ykey');
  });

  // It ends by itself at 511 processes: root is not limited by the system, and the machine is not ours alone.
  test.runIf(isLinux)('D-17: a fork bomb is ended, all of it', async () => {
    scripts.write(
      'bomb.sh',
      '#!/bin/sh\nbomb() { [ "$1" -eq 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }; sleep 100; }\nbomb 8\n',
    );
    const { error } = await scripts.run('bomb.sh');
    expect(error).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('64 processes') as string,
    });
    expect(scripts.processes()).toEqual([]);
  });

  test.runIf(isLinux)('more than 256 MiB of memory are too much', async () => {
    scripts.write(
      'big.py',
      'import time\ndef collect():\n all = [bytes([1]) * 2**20 for _ in range(400)]\n time.sleep(100)\n',
    );
    expect((await scripts.run('big.py')).error).toMatchObject({ code: 'too_large' });
  });

  test.each([
    'with space.sh',
    "quote'.sh",
    'a;touch injected;.sh',
    '$(touch injected).sh',
    'ünï—😀.sh',
    '-n.sh',
  ])('D-20: %s runs, and no shell reads its name', async (name) => {
    scripts.write(name, '#!/bin/sh\nprintf %s "$1" > said\necho 3\n');
    const { values, error } = await scripts.run(name, { arguments: ['$(touch injected); *'] });
    expect([Object.values(values), error]).toEqual([[3], null]);
    expect(readFileSync(join(scripts.folder, 'said'), 'utf8')).toBe('$(touch injected); *');
    expect(() => readFileSync(join(scripts.folder, 'injected'))).toThrow('ENOENT');
  });
});
