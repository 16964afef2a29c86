import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';

const example = fileURLToPath(new URL('../../resources/plimsoll.example.yaml', import.meta.url));

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

interface View {
  settings: { rules: { id: string; threshold: number }[]; sources: { name: string }[] };
  revision: string;
}

it('a change made in the window changes its line of the file and no other', async () => {
  const file = join(line.home, 'plimsoll.yaml');
  copyFileSync(example, file);
  const { child, outcome } = await line.start(['--port', '0', '--config', file]);
  const view = (await askOwner(line.data, 'GET', '/api/v1/settings')) as View;
  const rules = view.settings.rules.map((rule) =>
    rule.id === 'cpu-high' ? { ...rule, threshold: 91.5 } : rule,
  );
  const change = { settings: { ...view.settings, rules }, revision: view.revision };
  await askOwner(line.data, 'PUT', '/api/v1/settings', change);
  const expected = readFileSync(example, 'utf8').replace('threshold: 80\n', 'threshold: 91.5\n');
  expect(readFileSync(file, 'utf8')).toBe(expected);
  await expect(askOwner(line.data, 'PUT', '/api/v1/settings', change)).rejects.toMatchObject({
    code: 'conflict',
  });
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
});

it('of two hundred changes made on the same revision exactly one is saved', async () => {
  const file = join(line.home, 'plimsoll.yaml');
  copyFileSync(example, file);
  const { child, outcome } = await line.start(['--port', '0', '--config', file]);
  const view = (await askOwner(line.data, 'GET', '/api/v1/settings')) as View;
  const changes = Array.from({ length: 200 }, async (_, index) => {
    const rules = view.settings.rules.map((rule) => ({ ...rule, threshold: 10 + index / 10 }));
    const change = { settings: { ...view.settings, rules }, revision: view.revision };
    const saved = (await askOwner(line.data, 'PUT', '/api/v1/settings', change)) as View;
    return saved.settings.rules[0]?.threshold;
  });
  const ends = await Promise.allSettled(changes);
  const winners = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as { code: string }] : []));
  expect([winners.length, new Set(refusals.map(({ code }) => code))]).toEqual([1, new Set(['conflict'])]);
  expect(readFileSync(file, 'utf8')).toContain(`threshold: ${winners[0]}\n`);
  const now = (await askOwner(line.data, 'GET', '/api/v1/settings')) as View;
  expect(now.settings.rules[0]?.threshold).toBe(winners[0]);
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
});

it('the first change at the usual place writes a file that holds', async () => {
  const { child, outcome } = await line.start();
  const view = (await askOwner(line.data, 'GET', '/api/v1/settings')) as View;
  const sources = view.settings.sources.filter(({ name }) => name !== 'network');
  await askOwner(line.data, 'PUT', '/api/v1/settings', {
    settings: { ...view.settings, sources },
    revision: view.revision,
  });
  child.kill('SIGTERM');
  const said = (await outcome).out;
  expect(said).toContain('not written yet: 4 sources');
  const file = /^Settings +(.*) \(/m.exec(said)?.[1] ?? '';
  expect((await line.run(['check', file])).out).toBe(`${file}: ok, 3 sources, 3 rules, 1 destination\n`);
});
