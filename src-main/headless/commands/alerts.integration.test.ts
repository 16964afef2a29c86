import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import type { Status } from '../../contract/status.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { Program } from '../../testing/program.ts';

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

test('what fires is acknowledged and snoozed, and all is paused, from the command line', async () => {
  const settings = join(line.home, 'plimsoll.yaml');
  const rule = { source: 'memory', metric: 'memory_percent', comparison: 'greater_than', threshold: 0 };
  writeFileSync(
    settings,
    JSON.stringify({
      version: 1,
      sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 1 }],
      rules: [{ ...rule, id: 'memory', name: 'Memory in use' }],
    }),
  );
  const program = new Program();
  try {
    await line.start(['--port', '0', '--config', settings]);
    const run = (...words: string[]) => program.run([...words, '--data', line.data]);
    const firing = async () =>
      JSON.parse((await run('alerts', 'list', '--state', 'firing', '--json')).out) as Alert[];
    await expect.poll(firing, { timeout: 20_000 }).toHaveLength(1);
    const id = (await firing())[0]?.id ?? '';
    expect((await run('alerts', 'list')).out).toContain(id);

    expect(await run('alerts', 'acknowledge', id, '--note', 'more is ordered')).toMatchObject({
      ...{ code: 0, out: '', error: 'Acknowledged: Memory in use.\n' },
    });
    const before = Date.now();
    const snoozed = JSON.parse((await run('alerts', 'snooze', id, '--for', '2h', '--json')).out) as Alert[];
    expect(snoozed).toMatchObject([
      { id, note: 'more is ordered', acknowledgedAt: expect.any(Number) as number },
    ]);
    expect(snoozed[0]?.snoozedUntil ?? 0).toBeGreaterThanOrEqual(before + 7_200_000);
    expect((await run('alerts', 'snooze', id)).error).toBe('Snoozed until it is over: Memory in use.\n');
    expect(await firing()).toMatchObject([{ snoozedUntilResolved: true }]);
    expect((await run('alerts', 'unsnooze', id)).error).toBe('Not snoozed: Memory in use.\n');
    expect(await firing()).toMatchObject([{ snoozedUntil: null, unsnoozedAt: expect.any(Number) as number }]);
    const given = JSON.parse((await run('alerts', 'unacknowledge', id, '--json')).out) as Alert[];
    expect(given).toMatchObject([{ id, note: null, acknowledgedAt: null }]);
    expect(await run('alerts', 'acknowledge', 'nothing')).toMatchObject({ code: 1 });
    expect(await run('alerts', 'snooze', id, '--for', 'ever')).toMatchObject({ code: 2 });

    const pausedUntil = async () =>
      (JSON.parse((await run('status', '--json')).out) as { status: Status }).status.pausedUntil;
    expect((await run('pause')).error).toMatch(/^Nothing is announced until \d{4}-/);
    expect(((await pausedUntil()) ?? 0) - before).toBeGreaterThanOrEqual(3_600_000);
    expect((await run('pause', '--for', '31d')).code).toBe(2);
    expect((await run('resume')).code).toBe(0);
    expect(await pausedUntil()).toBeNull();
  } finally {
    program.close();
  }
});
