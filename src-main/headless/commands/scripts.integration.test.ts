import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScriptsView } from '../../contract/script.ts';
import type { Status } from '../../contract/status.ts';
import { CommandLine, isRunning } from '../../testing/command-line.ts';

let line: CommandLine;
let metrics: string;
let settings: string;

beforeEach(() => {
  line = new CommandLine();
  metrics = join(line.home, 'metrics');
  mkdirSync(metrics);
  chmodSync(line.home, 0o700);
  settings = join(line.home, 'plimsoll.yaml');
  writeFileSync(settings, 'version: 1\nsources:\n  - { name: uptime, kind: uptime }\n');
});
afterEach(() => line.close());

async function status(): Promise<Status> {
  const { out } = await line.run(['status', '--json', '--data', line.data]);
  return (JSON.parse(out) as { status: Status }).status;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(100);
  }
}

async function list(...words: string[]): Promise<ScriptsView> {
  const { out } = await line.run(['scripts', 'list', '--json', '--data', line.data, ...words]);
  return JSON.parse(out) as ScriptsView;
}

function source(name: string, { sources }: Status) {
  return sources.find((health) => health.source === name);
}

test('a file that is dropped into metrics is offered, becomes a source by its approval, and stops when it changes', async () => {
  const running = await line.start(['--port', '0', '--config', settings]);
  writeFileSync(join(metrics, 'answer.py'), 'def collect():\n return 42\n');
  writeFileSync(join(metrics, 'notes.md'), 'no script\n');
  const offered = await list();
  expect(offered.scripts.map(({ file, state, sources }) => [file, state, sources])).toEqual([
    ['answer.py', 'waiting', []],
  ]);

  const approved = await line.run(['scripts', 'approve', 'metrics/answer.py', '--data', line.data]);
  expect([approved.code, approved.error]).toEqual([0, expect.stringContaining('It is approved')]);
  expect(approved.out).toContain(
    `File     ${join(metrics, 'answer.py')}\nSHA-256  ${offered.scripts[0]?.sha256 ?? ''}`,
  );
  expect(approved.out).toMatch(/Used by +answer\n/);
  expect(readFileSync(settings, 'utf8')).toContain('kind: script');

  const value = await until(async () => (await status()).latest.find(({ metric }) => metric === 'answer'));
  expect(value).toMatchObject({ source: 'answer', value: 42 });

  writeFileSync(join(metrics, 'answer.py'), 'def collect():\n return 43\n');
  expect((await list()).scripts[0]?.state).toBe('changed');
  expect((await line.run(['scripts', 'approve', 'metrics/answer.py', '--data', line.data])).code).toBe(0);
  await until(async () =>
    (await status()).latest.find((sample) => sample.metric === 'answer' && sample.value === 43),
  );

  expect((await line.run(['scripts', 'revoke', 'metrics/answer.py', '--data', line.data])).code).toBe(0);
  const stopped = await until(async () => {
    const health = source('answer', await status());
    return health?.error === null ? undefined : health;
  });
  expect(stopped.error).toMatchObject({ code: 'not_approved' });
  running.child.kill('SIGTERM');
  expect((await running.outcome).code).toBe(0);
});

test('is approved without a running Plimsoll, too, and is a source from the next start on', async () => {
  writeFileSync(join(metrics, 'answer.sh'), '#!/bin/sh\necho 42\n', { mode: 0o700 });
  expect((await list('--config', settings)).scripts[0]).toMatchObject({
    file: 'answer.sh',
    state: 'waiting',
  });
  const approved = await line.run([
    'scripts',
    'approve',
    'metrics/answer.sh',
    '--data',
    line.data,
    '--config',
    settings,
  ]);
  expect(approved.code).toBe(0);
  const running = await line.start(['--port', '0', '--config', settings]);
  await until(async () => (await status()).latest.find(({ metric }) => metric === 'answer'));
  running.child.kill('SIGTERM');
  await running.outcome;
});

test('without a running Plimsoll it is found by its name, and what its source says of it is approved with it', async () => {
  writeFileSync(join(metrics, 'answer.py'), 'def collect():\n return 42\n');
  writeFileSync(
    settings,
    'version: 1\nsources:\n  - { name: mine, kind: script, file: answer.py, interpreter: /usr/bin/python3 }\n',
  );
  const offered = await list('--config', settings);
  expect(offered.scripts.map(({ file, sources }) => [file, sources])).toEqual([['answer.py', ['mine']]]);
  const words = ['scripts', 'approve', 'answer.py', '--data', line.data, '--config', settings];
  const { code, out } = await line.run(words);
  expect(code).toBe(0);
  expect(out).toMatch(/Run by +\/usr\/bin\/python3\nUsed by +mine\n/);
});

test('a file of settings runs no script that was not approved', async () => {
  writeFileSync(join(metrics, 'mark.sh'), '#!/bin/sh\ntouch ran\necho 1\n', { mode: 0o700 });
  writeFileSync(
    settings,
    'version: 1\nsources:\n  - { name: mark, kind: script, file: mark.sh, intervalSeconds: 1 }\n',
  );
  const running = await line.start(['--port', '0', '--config', settings]);
  const health = await until(async () => {
    const found = source('mark', await status());
    return found?.error === null ? undefined : found;
  });
  expect(health.error).toMatchObject({
    code: 'not_approved',
    message: expect.stringContaining('plimsoll scripts approve') as string,
  });
  running.child.kill('SIGTERM');
  await running.outcome;
  expect(() => readFileSync(join(metrics, 'ran'))).toThrow('ENOENT');
});

test.runIf(process.platform === 'linux').each(['SIGTERM', 'SIGKILL of main', 'SIGKILL of the collectors'])(
  'leaves nothing running after %s',
  async (end) => {
    writeFileSync(
      join(metrics, 'hang.sh'),
      '#!/bin/sh\nsetsid sleep 1000 &\necho $! $$ > pids\nsleep 1000\n',
      { mode: 0o700 },
    );
    writeFileSync(
      settings,
      'version: 1\nsources:\n  - { name: hang, kind: script, file: hang.sh, intervalSeconds: 60 }\n',
    );
    await line.run(['scripts', 'approve', 'metrics/hang.sh', '--data', line.data, '--config', settings]);
    const running = await line.start(['--port', '0', '--config', settings]);
    const pids = await until(async () => {
      try {
        const text = await Promise.resolve(readFileSync(join(metrics, 'pids'), 'utf8'));
        return text.endsWith('\n') ? text.trim().split(' ').map(Number) : undefined;
      } catch {
        return undefined;
      }
    });
    expect(pids.map(isRunning)).toEqual([true, true]);
    if (end === 'SIGKILL of the collectors') {
      const [collectors = 0] = await line.children();
      process.kill(collectors, 'SIGKILL');
    } else running.child.kill(end === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
    const deadline = performance.now() + 2000;
    while (pids.some(isRunning) && performance.now() < deadline) await pause(20);
    expect(pids.map(isRunning)).toEqual([false, false]);
    if (running.child.exitCode === null && running.child.signalCode === null) running.child.kill('SIGTERM');
    await running.outcome;
  },
);
