import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const levelsIn = () => {
  const text = readFileSync(join(line.data, 'logs', 'monitor.log'), { encoding: 'utf8', flag: 'a+' });
  const lines = text.split('\n').filter((each) => each !== '');
  return new Set(lines.map((each) => (JSON.parse(each) as { level: string }).level));
};

function configure(logLevel: string): string {
  const file = join(line.home, 'plimsoll.yaml');
  writeFileSync(file, JSON.stringify({ version: 1, sources: [], monitoring: { logLevel } }));
  return file;
}

it.each([
  { flag: undefined, setting: 'info', tells: ['info'] },
  { flag: undefined, setting: 'error', tells: [] },
  { flag: 'info', setting: 'error', tells: ['info'] },
  { flag: 'error', setting: 'debug', tells: [] },
])(
  'with --log-level $flag and logLevel $setting monitor.log tells $tells',
  async ({ flag, setting, tells }) => {
    const words = flag === undefined ? [] : ['--log-level', flag];
    const { child, outcome } = await line.start(['--port', '0', '--config', configure(setting), ...words]);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
    expect([...levelsIn()].filter((level) => ['debug', 'info'].includes(level))).toEqual(tells);
  },
);

it('another level in the settings is in force as soon as it is saved, and a level that is none is refused', async () => {
  const file = configure('error');
  const { child, outcome } = await line.start(['--port', '0', '--config', file]);
  expect([...levelsIn()]).toEqual([]);
  configure('info');
  await expect.poll(() => [...levelsIn()], { timeout: 20_000 }).toContain('info');
  child.kill('SIGTERM');
  await outcome;
  const { code, error } = await line.run(['run', '--log-level', 'loud', '--data', line.data]);
  expect([code, error]).toEqual([2, expect.stringContaining('loud')]);
});
