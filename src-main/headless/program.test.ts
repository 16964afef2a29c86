import { afterEach, beforeEach, expect, it } from 'vitest';
import { Program } from '../testing/program.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

it('helps with everything on one page, whose examples are the first steps', async () => {
  const { code, out, error } = await program.run(['--help']);
  const examples = out.slice(out.indexOf('Examples\n'), out.indexOf('Commands\n')).trim().split('\n');
  expect([code, error, examples.length]).toEqual([0, '', 9]);
  expect(out).toMatch(/^ {2}token rotate {2}/m);
});

it.each<[string, string]>([
  ['run --nope', 'plimsoll run --help'],
  ['token create x', 'plimsoll token create --help'],
  ['token nope', 'plimsoll token --help'],
  ['token', 'plimsoll token --help'],
  ['nope', 'plimsoll --help'],
  ['--nope', 'plimsoll --help'],
])('points from a slip in `%s` to %s', async (words, help) => {
  const { code, out, error } = await program.run(words.split(' '));
  expect([code, out, error.split('\n').slice(1)]).toEqual([2, '', [`${help} shows what there is.`, '']]);
});
