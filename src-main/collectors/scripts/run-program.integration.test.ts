import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashOf } from './script-file.ts';
import { leftRuns } from './run-traces.ts';
import { runProgram } from './run-program.ts';
import type { ApprovedTask } from './run-program.ts';

const owner = `test${process.pid}`;
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plimsoll-program-'))));
afterEach(() => {
  expect(leftRuns(owner)).toEqual([]);
  rmSync(folder, { recursive: true });
});

function program(text: string): string {
  const file = join(folder, 'tell me.sh');
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

function run(text: string, changes: Partial<ApprovedTask> = {}, signal = new AbortController().signal) {
  const file = program(text);
  const approval = { sha256: hashOf(readFileSync(file)), interpreter: null };
  const task = {
    file,
    words: [],
    interpreter: null,
    env: {},
    input: '',
    deadlineMs: 5000,
    approval,
    ...changes,
  };
  return runProgram(task, { copies: join(folder, 'copies'), owner }, signal);
}

describe.skipIf(process.platform === 'win32')('a program that was approved', () => {
  test('reads what it is given, with the environment that it is given and no secret of ours', async () => {
    process.env['SMTP_PASSWORD'] = 'CANARY';
    try {
      const outcome = await run(
        '#!/bin/sh\ncat\necho "$1|$PLIMSOLL_RULE|$SMTP_PASSWORD|$PLIMSOLL_SCRIPT"\nexit 3\n',
        {
          words: ['$(id); a b'],
          env: { PLIMSOLL_RULE: '`id` $(id) "; rm' },
          input: '{"id":1}\n',
        },
      );
      expect(outcome).toEqual({
        type: 'ended',
        end: {
          code: 3,
          stdout: `{"id":1}\n$(id); a b|\`id\` $(id) "; rm||${join(folder, 'tell me.sh')}\n`,
          stderr: '',
        },
      });
    } finally {
      delete process.env['SMTP_PASSWORD'];
    }
  });

  test('one that was not, or has changed, does not run, and what is due waits for it', async () => {
    const touched = `#!/bin/sh\ntouch ${folder}/ran\n`;
    for (const approval of [null, { sha256: 'a'.repeat(64), interpreter: null }])
      expect(await run(touched, { approval })).toMatchObject({
        type: 'failed',
        code: 'not_approved',
        retry: true,
      });
    expect(() => readFileSync(join(folder, 'ran'))).toThrow();
  });

  test('one that hangs is ended with all that it started, in time', async () => {
    const begun = performance.now();
    const outcome = await run('#!/bin/sh\nsetsid sleep 60 &\nsleep 60 &\nsleep 60\n', { deadlineMs: 500 });
    expect(outcome).toMatchObject({ type: 'failed', code: 'deadline', retry: true });
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  test('one that is abandoned ends, and so does what one left behind that ended well', async () => {
    const controller = new AbortController();
    const outcome = run('#!/bin/sh\nsleep 60\n', {}, controller.signal);
    setTimeout(() => controller.abort(), 300);
    expect(await outcome).toMatchObject({ type: 'failed' });
    expect(await run('#!/bin/sh\nsetsid sleep 60 >/dev/null 2>&1 &\necho done\n')).toMatchObject({
      end: { code: 0, stdout: 'done\n' },
    });
  });

  test('one that says too much or reads nothing', async () => {
    expect(await run('#!/bin/sh\nyes\n')).toMatchObject({ type: 'failed', code: 'too_large', retry: false });
    expect(await run('#!/bin/sh\nexit 0\n', { input: 'x'.repeat(1_000_000) })).toMatchObject({
      end: { code: 0 },
    });
  });
});
