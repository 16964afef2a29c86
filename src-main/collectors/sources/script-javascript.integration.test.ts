import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScriptFolder } from '../../testing/script-folder.ts';

let scripts: ScriptFolder;

beforeEach(() => {
  scripts = new ScriptFolder();
});
afterEach(() => scripts.close());

describe('JavaScript and TypeScript', () => {
  test('what is sent instead of an answer ends it, and nothing else', async () => {
    for (const said of ['null', '5', '{ type: "x" }', '{ type: "collected", collected: 5 }']) {
      scripts.write('sends.mjs', `export function collect() { process.send(${said}); return 1; }\n`);
      const { error } = await scripts.run('sends.mjs');
      expect(error?.message).toContain('no answer');
    }
  });

  test('calls collect, waits for it, and keeps the module', async () => {
    scripts.write(
      'count.ts',
      'let n: number = 0;\nexport async function collect(settings: { step: string }): Promise<object> {\n  console.log("noise");\n  n += Number(settings.step);\n  return { n, wrong: Number.NaN };\n}\n',
    );
    const source = scripts.open('count.ts', { settings: { step: '2' } });
    const first = await source.read();
    const second = await source.read();
    source.close();
    expect([first.values, second.values]).toEqual([{ n: 2 }, { n: 4 }]);
    expect(second.error?.message).toContain('"wrong" is NaN, which is no number');
  });

  test.each([
    ['hangs.mjs', 'export function collect() { for (;;); }', 'deadline', 'did not end within'],
    ['leaves.mjs', 'export function collect() { process.exit(3); }', 'unreadable', 'code 3'],
    [
      'throws.js',
      'export function collect() { throw new RangeError("far"); }',
      'unreadable',
      'failed: RangeError: far',
    ],
    [
      'asks.js',
      'import "./leaves.mjs";\nexport const collect = () => 1;',
      'unreadable',
      'imports what was not approved',
    ],
    ['old.js', 'module.exports = { collect: () => 1 };', 'unreadable', 'is written as CommonJS'],
    ['none.js', 'export const value = 1;', 'unreadable', 'exports no function collect()'],
    [
      'floods.js',
      'export function collect() { for (;;) console.log("x".repeat(1000)); }',
      'unreadable',
      'more than 64 KiB',
    ],
    [
      'grows.js',
      'const all = [];\nexport function collect() { for (;;) all.push(Buffer.alloc(1e7, 1)); }',
      'unreadable',
      'more than 256 MiB',
    ],
  ])('%s is held to its limits', async (name, text, code, message) => {
    scripts.write(name, text);
    const { values, error } = await scripts.run(name, { deadlineMs: name === 'hangs.mjs' ? 1500 : 10_000 });
    expect([values, error?.code]).toEqual([{}, code]);
    expect(error?.message).toContain(message);
  });
});

test.each([
  ['none.js', 'export const value = 1;', 'exports no function collect()'],
  ['throws.js', 'throw new RangeError("far");', 'failed: RangeError: far'],
  ['breaks.ts', 'export const = 1;', 'failed: '],
])('%s says its true error again and again', async (name, text, message) => {
  scripts.write(name, text);
  const source = scripts.open(name);
  const errors = [await source.read(), await source.read(), await source.read()].map(({ error }) => error);
  source.close();
  expect(errors[0]?.message).toContain(message);
  expect(errors.map((error) => error?.message)).toEqual(errors.map(() => errors[0]?.message));
});
