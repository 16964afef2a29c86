import { afterEach, beforeEach, expect, it } from 'vitest';
import { Program } from '../../testing/program.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

async function checked(text: string): Promise<[number | null, unknown]> {
  program.write('settings.yaml', text);
  const { code, out, error } = await program.run(['check', 'settings.yaml', '--json']);
  expect(error).toBe('');
  return [code, JSON.parse(out)];
}

it('says as JSON what a predecessor’s file means, and what to look at', async () => {
  const sources = 'data_sources: [{ name: cpu, type: system_metric, source: psutil.cpu_percent, nap: 1 }]\n';
  expect(await checked(sources)).toMatchObject([
    0,
    {
      ...{ file: 'settings.yaml', valid: true, problems: [] },
      translation: {
        title: 'Threshold monitor (config.yaml)',
        warnings: [{ path: 'data_sources[0].nap', line: 1 }],
      },
    },
  ]);
});

it.each<[string, string, object]>([
  ['a value that does not hold', 'version: 1\nsources: 5\n', { path: 'sources', line: 2, column: 10 }],
  ['no YAML', 'version: [\n', { path: '', line: 2 }],
])('says as JSON what is wrong with it: %s', async (_, text, problem) => {
  expect(await checked(text)).toMatchObject([78, { valid: false, translation: null, problems: [problem] }]);
});

it('says as JSON that there is no such file', async () => {
  const { code, out } = await program.run(['check', 'nowhere.yaml', '--json']);
  const message = expect.stringContaining('no such file') as string;
  expect([code, JSON.parse(out)]).toMatchObject([78, { valid: false, problems: [{ message }] }]);
});
