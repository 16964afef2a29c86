import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../../testing/command-line.ts';
import { Program } from '../../testing/program.ts';
import { askOwner } from '../owner-api.ts';

let line: CommandLine;
/** Probes run in this process and ask another one. */
let program: Program;
beforeEach(() => {
  line = new CommandLine();
  program = new Program();
});
afterEach(() => {
  program.close();
  line.close();
});

const probe = async (...words: string[]) => {
  const { code, out, error } = await program.run(['probe', ...words, '--data', line.data]);
  expect([out.split('\n').length, error]).toEqual([2, '']);
  return [code, out.trimEnd()];
};
const write = (rules: string, more = '') => {
  const settings = join(line.home, 'plimsoll.yaml');
  writeFileSync(
    settings,
    `version: 1
sources:
  - { name: memory, kind: memory, intervalSeconds: 1 }
${more}rules: [${rules}]
`,
  );
  return settings;
};
const rule = (id: string, threshold: number, more = '') =>
  `{ id: ${id}, name: ${id}, source: memory, metric: memory_percent, comparison: greater_than, threshold: ${threshold}${more} }`;
const like = (text: string) => expect.stringMatching(new RegExp(text)) as string;

test('what it cannot know is UNKNOWN, on its one line', async () => {
  expect(await line.run(['probe', '--data', line.data])).toMatchObject({
    code: 3,
    out: like('^PLIMSOLL UNKNOWN - No Plimsoll is running on '),
    error: '',
  });
  for (const [words, said] of [
    [['--sauce', 'x'], 'There is no flag --sauce'],
    [['--metric', 'x'], '--metric needs the source'],
    [['--source', 'x', '--warning', '5'], 'judge one metric'],
    [['--source', 'x', '--metric', 'y', '--warning', 'much'], '--warning takes a number or a range'],
  ] as const)
    expect(await probe(...words)).toEqual([3, like(`^PLIMSOLL UNKNOWN - .*${said}`)]);
});

test('what fires counts with its severity, and what somebody takes care of does not', async () => {
  const settings = write(
    `${rule('calm', 100)}, ${rule('some', 0)}, ${rule('much', -1, ', severity: critical')}`,
    '  - { name: web, kind: http, url: "http://127.0.0.1:1/", intervalSeconds: 1 }\n',
  );
  await line.start(['--port', '0', '--config', settings]);
  await expect
    .poll(() => probe(), { timeout: 20_000 })
    .toEqual([
      2,
      like(
        "^PLIMSOLL CRITICAL - 2 alerts fire: much \\(memory\\) [0-9.]+ %, some .*; web: .* \\| 'memory_percent'=[0-9.]+%;100;-1;0;100$",
      ),
    ]);
  expect(await probe('--source', 'memory')).toEqual([2, like("'memory_total'=[0-9]+B")]);
  expect(await probe('--source', 'web')).toEqual([3, like('^PLIMSOLL UNKNOWN - web: ')]);
  expect(await probe('--source', 'memroy')).toEqual([
    3,
    like('There is no source memroy. Did you mean memory'),
  ]);
  expect(await probe('--source', 'memory', '--metric', 'x')).toEqual([3, like('has no value of x')]);
  expect(await probe('--host', 'nowhere')).toEqual([3, like('^PLIMSOLL UNKNOWN - .*nowhere')]);

  const alerts = (await askOwner(line.data, 'GET', '/api/v1/alerts')) as { id: string; ruleId: string }[];
  const idOf = (ruleId: string) => alerts.find((alert) => alert.ruleId === ruleId)?.id ?? '';
  await askOwner(line.data, 'POST', `/api/v1/alerts/${idOf('much')}/acknowledge`, {});
  expect(await probe('--source', 'memory')).toEqual([
    1,
    like('1 alert fires: some .* \\(not counted: much, acknowledged\\)'),
  ]);
  await askOwner(line.data, 'POST', `/api/v1/alerts/${idOf('some')}/snooze`, { until: null });
  expect(await probe('--host', hostname(), '--source', 'memory')).toEqual([
    0,
    like('^PLIMSOLL OK - nothing fires: memory_percent .*not counted: much, acknowledged, some, snoozed'),
  ]);
  expect(await probe()).toEqual([3, like('^PLIMSOLL UNKNOWN - web: ')]);
  expect(await probe('--handled')).toEqual([2, like('2 alerts fire')]);

  const memory = ['--source', 'memory', '--metric', 'memory_percent'];
  expect(await probe(...memory, '--warning', '0', '--critical', '100')).toEqual([
    1,
    like(
      "^PLIMSOLL WARNING - memory_percent [0-9.]+ % \\(warning 0\\) \\| 'memory_percent'=[0-9.]+%;0;100;0;100$",
    ),
  ]);
  expect(await probe(...memory, '--critical', '@0:100')).toEqual([2, like('%;;@0:100;0;100$')]);
  expect(await probe(...memory, '--warning', '100')).toEqual([0, like('^PLIMSOLL OK - memory_percent ')]);
  const { code, out } = await program.run(['probe', ...memory, '--json', '--data', line.data]);
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    {
      state: 'ok',
      alerts: [],
      handled: [{}, {}],
      trouble: [],
      values: [{ label: 'memory_percent', unit: 'percent' }],
    },
  ]);
});
