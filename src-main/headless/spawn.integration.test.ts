import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { ChildEnd, ChildPort } from '../contract/port.ts';
import { childEnvironment } from '../base/child-environment.ts';
import { spawnByFork } from './spawn.ts';

type Say = Record<string, unknown>;

const child = `
process.on('message', (message) => {
  if (message.exit !== undefined) process.exit(message.exit);
  if (message.throw) throw new Error('on purpose');
  process.send({ echo: message, env: process.env, execArgv: process.execArgv, args: process.argv.slice(2) });
});
process.on('disconnect', () => process.exit(0));
`;

let directory: string;
let entry: string;
const logged: string[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-spawn-'));
  entry = join(directory, 'child.mjs');
  writeFileSync(entry, child);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function children(path = entry) {
  return spawnByFork({
    entryPath: () => path,
    argumentsFor: () => ['one'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', SMTP_PASSWORD: 'canary', NODE_OPTIONS: '--no-warnings' },
    log: { ...silentLog, warn: (message) => logged.push(message) },
  });
}

function start(path?: string): { port: ChildPort<Say, Say>; ends: ChildEnd[]; ended: Promise<ChildEnd> } {
  const port = children(path).spawn<Say, Say>('collectors');
  const ends: ChildEnd[] = [];
  const ended = new Promise<ChildEnd>((resolve) =>
    port.onEnd((end) => {
      ends.push(end);
      resolve(end);
    }),
  );
  return { port, ends, ended };
}

function answer(port: ChildPort<Say, Say>): Promise<Say> {
  return new Promise((resolve) => port.onMessage(resolve));
}

describe('a forked child', () => {
  it('gets messages as they are, a clean environment and its arguments', async () => {
    const { port, ended } = start();
    const answered = answer(port);
    port.send({ map: new Map([['a', 1.5]]), missing: undefined });
    const { echo, env, execArgv, args } = await answered;
    expect({ echo, execArgv, args }).toEqual({
      echo: { map: new Map([['a', 1.5]]), missing: undefined },
      execArgv: ['--max-semi-space-size=1'],
      args: ['one'],
    });
    expect(Object.keys(env as object).filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual([
      'PATH',
      'LC_ALL',
      'UV_THREADPOOL_SIZE',
      'MALLOC_ARENA_MAX',
    ]);
    port.kill();
    expect(await ended).toEqual({ kind: 'crash', code: null, signal: 'SIGKILL' });
  });

  it('exit and crash are told apart, and each is told once', async () => {
    const polite = start();
    polite.port.send({ exit: 0 });
    expect(await polite.ended).toEqual({ kind: 'exit', code: 0 });
    const broken = start();
    broken.port.send({ exit: 3 });
    expect(await broken.ended).toEqual({ kind: 'crash', code: 3, signal: null });
    broken.port.kill();
    broken.port.send({ late: true });
    const late = await new Promise<ChildEnd>((resolve) => broken.port.onEnd(resolve));
    expect([late, broken.ends.length]).toEqual([{ kind: 'crash', code: 3, signal: null }, 1]);
  });

  it('what it says on stderr is logged', async () => {
    const { port, ended } = start();
    port.send({ throw: true });
    expect(await ended).toMatchObject({ kind: 'crash', code: 1 });
    await expect.poll(() => logged.some((line) => line.includes('on purpose'))).toBe(true);
  });

  it('that is missing ends once, as a crash', async () => {
    const { ended, ends } = start(join(directory, 'missing.mjs'));
    expect(await ended).toMatchObject({ kind: 'crash', code: 1 });
    expect(ends).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')(
    'that no file is left for ends, as a crash, and nothing is thrown',
    () => {
      const script = join(directory, 'crowded.mjs');
      writeFileSync(
        script,
        `import { openSync } from 'node:fs';
       import { spawnByFork } from ${JSON.stringify(new URL('spawn.ts', import.meta.url).href)};
       const log = { error() {}, warn() {} };
       try { for (;;) openSync('/dev/null'); } catch {}
       const { spawn } = spawnByFork({ entryPath: () => ${JSON.stringify(entry)}, env: {}, log });
       spawn('history').onEnd((end) => process.stdout.write(JSON.stringify(end)));`,
      );
      const crowded = ['-c', 'ulimit -n 64; exec "$0" "$1"', process.execPath, script];
      const { stdout, stderr, status } = spawnSync('/bin/sh', crowded, { encoding: 'utf8' });
      expect([stdout, status]).toEqual(['{"kind":"crash","code":null,"signal":null}', 0]);
      expect(stderr).not.toContain('Error');
    },
  );

  it('may be sent to while it dies', async () => {
    const { port, ended } = start();
    port.kill();
    for (let count = 0; count < 100; count++) port.send({ count });
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('ends with all others when this process must end at once', async () => {
    const all = children();
    const ports = [all.spawn('collectors'), all.spawn('history')];
    const ended = ports.map((port) => new Promise<ChildEnd>((resolve) => port.onEnd(resolve)));
    all.killAll();
    expect(await Promise.all(ended)).toEqual(Array(2).fill({ kind: 'crash', code: null, signal: 'SIGKILL' }));
  });
});

it('the environment on Windows, whatever the case of its names', () => {
  expect(childEnvironment({ Path: 'p', SystemRoot: 's', Secret: 'x' })).toEqual({
    Path: 'p',
    SystemRoot: 's',
    UV_THREADPOOL_SIZE: '12',
  });
});
