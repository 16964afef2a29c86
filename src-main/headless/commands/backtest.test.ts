import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Reading } from '../../contract/sample.ts';
import { Program } from '../../testing/program.ts';
import { writeHistory } from '../../testing/write-history.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

const settings = `version: 1
sources: [{ name: memory, kind: memory, intervalSeconds: 30 }]
rules:
  - { id: memory-high, name: Memory too full, source: memory, metric: memory_percent, comparison: greater_than, threshold: 85 }
  - { id: memory-low, name: Memory too empty, source: memory, metric: memory_percent, comparison: less_than, threshold: 5 }
`;

/** The last hour of samples, in which memory was too full three times. */
async function history(): Promise<void> {
  const now = Date.now();
  const readings = Array.from({ length: 120 }, (_, index): Reading => {
    const isFull = (index >= 20 && index < 22) || (index >= 40 && index < 42) || (index >= 60 && index < 90);
    const value = isFull ? 93.25 : 60;
    return {
      ...{ host: hostname(), source: 'memory', at: now - (120 - index) * 30_000, durationMs: 1, error: null },
      samples: [{ metric: 'memory_percent', labels: {}, value }],
    };
  });
  await writeHistory(program.data, readings);
}

test('while nobody owns the directory its history is replayed, and nothing is changed', async () => {
  program.write('plimsoll.yaml', settings);
  await history();
  const before = program.everything();
  const flags = ['--data', program.data, '--config', 'plimsoll.yaml', '--last', '2h'];
  const { code, out, error } = await program.run(['backtest', ...flags]);
  expect(error).toBe('');
  expect(code).toBe(0);
  expect(out).toContain(
    'Memory too full: 3 times in 2 h, 2 of them under 2 minutes.\n  With for 1 min: once',
  );
  expect(out).toContain('15 min');
  expect(out).toContain('worst 93.25');
  expect(out).toContain('Memory too empty: never in 2 h.');
  expect(program.everything()).toEqual(before);

  program.write(
    'draft.yaml',
    '{ source: memory, metric: memory_percent, comparison: greater_than, threshold: 95 }\n',
  );
  const draft = await program.run(['backtest', '--rule', 'draft.yaml', '--json', ...flags]);
  expect(JSON.parse(draft.out)).toMatchObject({ rules: [{ name: 'draft.yaml', backtest: { count: 0 } }] });
});

test('what is not there and what does not hold is said, with exit codes for programs', async () => {
  program.write('plimsoll.yaml', settings);
  const flags = ['--data', program.data, '--config', 'plimsoll.yaml'];
  expect(await program.run(['backtest', ...flags])).toMatchObject({
    code: 1,
    error: expect.stringContaining('There is no history in') as string,
  });
  await history();
  expect(await program.run(['backtest', 'other', ...flags])).toMatchObject({
    code: 1,
    error: 'plimsoll: There is no rule other. There are: memory-high, memory-low.\n',
  });
  expect(await program.run(['backtest', '--last', 'week', ...flags])).toMatchObject({ code: 2 });
  program.write('draft.yaml', '{ source: memory, metric: memory_percent, comparison: greater_than }\n');
  expect(await program.run(['backtest', '--rule', 'draft.yaml', ...flags])).toMatchObject({
    code: 65,
    error: expect.stringContaining('threshold: is missing') as string,
  });
});
