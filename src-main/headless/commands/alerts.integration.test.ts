import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import { CommandLine } from '../../testing/command-line.ts';

let line: CommandLine;

beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

test('a drill is tried from the command line, listed and exported as one, and leaves all as it was', async () => {
  const settings = join(line.home, 'plimsoll.yaml');
  writeFileSync(
    settings,
    `version: 1
sources:
  - { name: uptime, kind: uptime }
destinations:
  - { name: exports, kind: file, onResolve: true }
  - { name: nowhere, kind: webhook, url: "http://127.0.0.1:1/" }
`,
  );
  const { child, outcome } = await line.start(['--port', '0', '--config', settings]);
  const run = (...words: string[]) => line.run([...words, '--data', line.data]);

  const drill = await run('drill');
  expect(drill.out).toMatch(/exports +drill +sent +In .*\n(.*\n)*exports +its end +sent/);
  expect(drill.out).toMatch(/nowhere +drill +on its way +.*127\.0\.0\.1:1/);
  expect(drill.code).toBe(1);

  const [alert, ...others] = JSON.parse(
    (await run('alerts', 'list', '--json', '--since', '1h')).out,
  ) as Alert[];
  expect(alert).toMatchObject({ drill: true, state: 'resolved', ruleName: 'Fire drill' });
  expect(others).toEqual([]);
  expect((await run('alerts', 'list')).out).toMatch(/ DRILL +over after .* Fire drill +plimsoll/);
  const rows = parse((await run('alerts', 'export', '--format', 'csv', '--text', 'FIRE')).out, {
    columns: true,
  });
  expect(rows).toMatchObject([{ id: alert?.id, drill: 'true', delivered: '2', not_delivered: '2' }]);
  expect(JSON.parse((await run('alerts', 'export', '--state', 'firing')).out)).toEqual([]);
  expect(await run('alerts', 'list', '--since', 'yesterday')).toMatchObject({
    code: 2,
    error: expect.stringContaining('is no time'),
  });
  child.kill('SIGTERM');
  await outcome;
}, 120_000);
