import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Program } from '../../testing/program.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

const docs = readFileSync(join(import.meta.dirname, '../../../docs/testing-rules.md'), 'utf8');
const example = /```yaml\n([^]*?)```/.exec(docs)?.[1] ?? '';

test('the example in docs/testing-rules.md passes, and fails with the difference that it shows', async () => {
  program.write('memory.test.yaml', example);
  expect(await program.run(['test', 'memory.test.yaml'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^(ok {4}memory\.test\.yaml: .*\n){4}4 passed, 0 failed\n$/) as string,
  });
  program.write('memory.test.yaml', example.replace('from: 4m, to: 6m', 'from: 4m, to: 5m'));
  const failed = await program.run(['test', 'memory.test.yaml']);
  const shown = /\$ plimsoll test memory\.test\.yaml\n([^]*?)```/.exec(docs)?.[1] ?? 'nothing';
  expect(failed.code).toBe(1);
  expect(failed.out.startsWith(shown), failed.out).toBe(true);
  const { out } = await program.run(['test', 'memory.test.yaml', '--json']);
  expect(JSON.parse(out)).toMatchObject({ passed: 3, failed: 1, files: [{ file: 'memory.test.yaml' }] });
});

const rule = '  - { id: r, source: s, metric: m, comparison: greater_than, threshold: 5 }\n';
const testOf = (body: string) => `rules:\n${rule}tests:\n  - name: t\n    interval: 10\n${body}`;
const oneSeries = (values: string) => `    series:\n      - { source: s, metric: m, values: '${values}' }\n`;

test.each([
  ['', 'bad.yaml:1:1: '],
  ['rules: [', 'bad.yaml:1:9: '],
  ['tests: []', 'bad.yaml:1:1: rules: is missing'],
  [
    testOf(oneSeries('1 eighty') + '    alerts: []\n'),
    'bad.yaml:7:41: tests[0].series[0].values: character 3: eighty is no value',
  ],
  [testOf(oneSeries('1')), 'bad.yaml:4:5: tests[0]: expects nothing'],
  [
    testOf(oneSeries('1') + '    alerts: [{ rule: q, from: 1m }]\n'),
    'bad.yaml:8:22: tests[0].alerts[0].rule: there is no rule q; there are r',
  ],
  [
    testOf(oneSeries('1') + '    alerts: [{ rule: r, from: soon }]\n'),
    'bad.yaml:8:31: tests[0].alerts[0].from: is no time; write 90, 90s, 5m or 1h30m',
  ],
  [
    testOf(oneSeries('1') + '    alert: []\n'),
    'bad.yaml:8:5: tests[0].alert: unknown key alert. Did you mean alerts?',
  ],
  [
    testOf(oneSeries('1') + '    alerts: []\n').replace('    interval: 10\n', ''),
    'bad.yaml:4:5: tests[0]: needs an interval',
  ],
  [
    testOf(oneSeries('1') + '    alerts: []\n').replace('threshold: 5', 'treshold: 5'),
    'bad.yaml:2:72: rules[0].treshold: unknown key treshold. Did you mean threshold?',
  ],
  [
    testOf(oneSeries('1') + '    until: 1e12\n    alerts: []\n'),
    'bad.yaml:4:5: tests[0]: lasts longer than 366 days',
  ],
  [
    testOf(
      `    series:\n${[1, 2].map((each) => `      - { source: s, metric: m${each}, values: 1x2000000 }\n`).join('')}    alerts: []\n`,
    ),
    'bad.yaml:8:42: tests[0].series[1].values: more than 3000000 values in all series of the file',
  ],
  [
    `rules: gone.yaml\ntests:\n  - name: t\n${oneSeries('1')}    alerts: []\n`,
    'bad.yaml:1:8: rules: the settings with the rules cannot be used: gone.yaml: there is no such file',
  ],
])('a file that cannot be read is told of with its place and exits with 65: %j', async (content, said) => {
  program.write('bad.yaml', content);
  const { code, error } = await program.run(['test', 'bad.yaml']);
  expect(error.slice(0, said.length), error).toBe(said);
  expect(code).toBe(65);
});

test('rules, several series, restarts, the past and an expression take part', async () => {
  program.write(
    'plimsoll.yaml',
    `version: 1
sources:
  - { name: memory, kind: memory, intervalSeconds: 10 }
  - { name: cpu, kind: cpu, intervalSeconds: 10 }
rules:
  - { id: sum, name: Sum, source: memory, metric: memory_percent, comparison: greater_than, threshold: 100, expression: value + cpu.cpu_percent }
  - { id: average, name: Average, source: cpu, metric: cpu_percent, comparison: greater_than, threshold: 50, window: { function: avg, seconds: 30 } }
  - { id: cores, name: Cores, source: cpu, metric: cpu_core_percent, labels: { core: '*' }, comparison: greater_than, threshold: 90, criticalThreshold: 98 }
  - { id: filling, name: Filling, source: memory, metric: memory_percent, comparison: greater_than, threshold: 95, forecast: { withinDays: 2, overDays: 2 } }
monitoring: { rawRetentionHours: 336 }
`,
  );
  program.write(
    'all.test.yaml',
    `rules: plimsoll.yaml
tests:
  - name: all at once
    restarts: [45s]
    series:
      - { source: memory, metric: memory_percent, values: 60x12 }
      - { source: cpu, metric: cpu_percent, values: 30 60x10 30 }
      - { source: cpu, metric: cpu_core_percent, labels: { core: '0' }, values: 10x6 95 99 10x4 }
    alerts:
      - { rule: sum, from: 10s, to: 1m50s, worst: 120 }
      - { rule: average, from: 30s, to: 1m50s }
      - { rule: cores, labels: { core: '0' }, from: 1m, to: 1m20s, severity: critical }
  - name: a trend that leads over the line
    series:
      - { source: memory, metric: memory_percent, values: 90x3, past: { interval: 15m, values: 50+0.2x200 } }
    alerts:
      - { rule: filling, from: 0s }
`,
  );
  const { code, out } = await program.run(['test', 'all.test.yaml']);
  expect(out).toBe(
    'ok    all.test.yaml: all at once\nok    all.test.yaml: a trend that leads over the line\n2 passed, 0 failed\n',
  );
  expect(code).toBe(0);
});
