import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

test('the threshold monitor logs where its people look, and everybody else in the data directory', async () => {
  const file = join(line.home, 'monitor', 'config.yaml');
  mkdirSync(dirname(file));
  writeFileSync(file, 'data_sources:\n  - { name: cpu, type: system_metric, source: psutil.cpu_percent }\n');
  const { child, outcome } = await line.start(['--port', '0', '--config', file], { npm_execpath: '/npm' });
  child.kill('SIGTERM');
  const { out } = await outcome;
  // A program that npm runs is not on the PATH.
  expect(out).toContain(`another one: npx plimsoll link --data ${line.data}\n`);
  const logs = join(dirname(file), 'logs');
  expect(out).toContain(`Logs      ${logs}\n`);
  expect(readFileSync(join(logs, 'monitor.log'), 'utf8')).toContain('"msg":"started"');
  expect(existsSync(join(line.data, 'logs'))).toBe(false);

  writeFileSync(file, 'thresholds: { cpu: 80 }\n');
  const other = await line.start(['--port', '0', '--config', file]);
  other.child.kill('SIGTERM');
  await other.outcome;
  expect(existsSync(join(line.data, 'logs', 'monitor.log'))).toBe(true);
});

test('logs that cannot be written, a zone that is none and a broken .env are said, and it runs', async () => {
  writeFileSync(join(line.home, 'in-the-way'), '');
  writeFileSync(join(line.home, '.env'), 'SLACK_URL canary\n');
  const env = { MONITOR_LOG_DIR: join(line.home, 'in-the-way', 'logs'), TZ: 'Mars/Olympus' };
  const { child, outcome } = await line.start(['--port', '0'], env);
  const { notices } = (await askOwner(line.data, 'GET', '/api/v1/status')) as {
    notices: { id: string; message: string }[];
  };
  child.kill('SIGTERM');
  const { code, error } = await outcome;
  const said = [
    ['time-zone', /^TZ is "Mars\/Olympus", which is no time zone that is known here/],
    ['environment-files', /\.env:1: is no NAME=value; nothing of it is in force$/],
    ['log', /^Nothing is logged\. logs could not be created in .*in-the-way/],
  ] as const;
  expect(code).toBe(0);
  expect(error).not.toContain('canary');
  for (const [id, message] of said) {
    const notice = notices.find((one) => one.id === id)?.message ?? '';
    expect(notice).toMatch(message);
    expect(error).toContain(`Notice    ${notice}\n`);
  }
});
