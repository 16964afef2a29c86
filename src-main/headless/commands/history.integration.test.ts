import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HistoryCheck, HistorySize } from '../../contract/history-size.ts';
import type { Reading } from '../../contract/sample.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { Program } from '../../testing/program.ts';
import { writeHistory } from '../../testing/write-history.ts';

const begin = Date.UTC(2026, 0, 5);
let line: CommandLine;
/** Commands run in this process; the owner of the directory is another process. */
let program: Program;

function reading(at: number, source = 'files'): Reading {
  const labels = { name: '=cmd()' };
  return {
    host: 'h',
    source,
    at,
    durationMs: 1,
    samples: [{ metric: '-size', labels, value: -1.5 }],
    error: null,
  };
}

beforeEach(async () => {
  line = new CommandLine();
  program = new Program();
  mkdirSync(line.data);
  await writeHistory(
    line.data,
    Array.from({ length: 3000 }, (_, tick) => reading(begin + 1000 * tick)),
  );
});
afterEach(() => {
  program.close();
  line.close();
});

const run = (...words: string[]) => program.run(['history', ...words, '--data', line.data]);
const range = ['--since', '2026-01-05', '--until', '2026-01-06'];

async function expectTheSame(): Promise<void> {
  const info = await run('info', '--json');
  expect(JSON.parse(info.out) as HistorySize).toMatchObject({ oldestAt: begin, damaged: [] });
  const check = await run('check', '--json');
  expect([check.code, JSON.parse(check.out) as HistoryCheck]).toMatchObject([0, { ok: true, findings: [] }]);
  const csv = (await run('export', ...range, '--source', 'files', '--format', 'csv')).out
    .trimEnd()
    .split('\r\n');
  expect(csv.length).toBe(3001);
  expect(csv.slice(0, 2)).toEqual([
    'time,host,source,metric,labels,value',
    `2026-01-05T00:00:00.000Z,h,files,'-size,"{""name"":""=cmd()""}",-1.5`,
  ]);
  const lines = (await run('export', ...range, '--source', 'files')).out.trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
    at: begin + 2_999_000,
    host: 'h',
    source: 'files',
    metric: '-size',
    labels: { name: '=cmd()' },
    value: -1.5,
  });
}

it('tells, checks, exports, backs up and restores while nobody runs, and never replaces a file', async () => {
  await expectTheSame();
  const out = join(line.home, 'files.jsonl');
  expect((await run('export', ...range, '--out', out)).code).toBe(0);
  expect(readFileSync(out, 'utf8').split('\n').length).toBe(3001);
  expect(await run('export', ...range, '--out', out)).toMatchObject({
    code: 73,
    error: expect.stringContaining('is not replaced') as unknown,
  });
  expect(await run('export', ...range, '--source', 'cup', '--format', 'csv')).toMatchObject({
    code: 0,
    error: expect.stringMatching(/^There are no samples of cup from .* Nothing was exported\./) as unknown,
  });

  const copy = join(line.home, 'copy.sqlite');
  expect(await run('backup', copy)).toMatchObject({
    code: 0,
    out: expect.stringContaining('was copied to') as unknown,
  });
  expect(await run('backup', copy)).toMatchObject({
    code: 73,
    error: expect.stringContaining('is not replaced') as unknown,
  });

  const db = new DatabaseSync(join(line.data, 'history.sqlite'));
  db.exec("UPDATE tick SET data = x'02' WHERE at % 3000 = 0");
  db.close();
  const check = await run('check');
  expect([check.code, check.out]).toEqual([
    65,
    expect.stringContaining('Of 3000 checksums 1000 do not hold.'),
  ]);

  writeFileSync(join(line.home, 'text.sqlite'), 'no history');
  expect((await run('restore', join(line.home, 'text.sqlite'))).code).toBe(65);
  expect((await run('restore', line.home)).error).toContain('is no file');
  const state = new DatabaseSync(join(line.home, 'state.sqlite'));
  state.exec('CREATE TABLE alert (id TEXT); PRAGMA user_version = 999');
  state.close();
  expect(await run('restore', join(line.home, 'state.sqlite'))).toMatchObject({
    code: 65,
    error: expect.stringContaining('state.sqlite is no history.') as unknown,
  });
  expect((await run('check')).code).toBe(65);
  expect((await run('restore', copy)).code).toBe(0);
  await expectTheSame();
  expect(readdirSync(line.data).filter((name) => name.includes('.replaced-')).length).toBe(1);

  writeFileSync(join(line.data, 'history.sqlite'), 'no history');
  for (const words of [['info'], ['check'], ['backup', join(line.home, 'other.sqlite')], ['export']])
    expect(await run(...words)).toMatchObject({
      code: 65,
      error: expect.stringContaining('plimsoll history restore FILE') as unknown,
    });
});

it('does the same through whoever runs, and restores nothing under their feet', async () => {
  const settings = {
    version: 1,
    sources: [],
    rules: [],
    destinations: [],
    monitoring: { rawRetentionHours: 87_600 },
  };
  writeFileSync(join(line.home, 'plimsoll.yaml'), JSON.stringify(settings));
  const running = await line.start(['--port', '0', '--config', join(line.home, 'plimsoll.yaml')]);
  await expect.poll(async () => (await run('info', '--json')).code, { timeout: 30_000 }).toBe(0);
  await expectTheSame();
  const copy = join(line.home, 'copy.sqlite');
  expect((await run('backup', copy)).code).toBe(0);
  expect((await run('backup', copy)).code).toBe(73);
  expect(await run('restore', copy)).toMatchObject({
    code: 75,
    error: expect.stringContaining('Stop it, restore, and start it again') as unknown,
  });
  running.child.kill('SIGTERM');
  expect((await running.outcome).code).toBe(0);
  expect((await run('restore', copy)).code).toBe(0);
  await expectTheSame();
});
