import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kinds } from '../contract/kind.ts';

const root = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
/** A block of the guide: the path in the line above it (`The line, in …` adds to that file), and the code. */
const blocks = [...guide.matchAll(/^(The line, in )?`(src-main\/[^`]+)`\n```ts\n(.*?)^```$/gms)].map(
  ([, adds, path = '', code = '']) => ({ path, code, adds: adds !== undefined }),
);

let copy: string;

/** Runs a program, of a package or by its full path, inside the copy. Throws, with what it printed, when it fails. */
function run(nameInPackages: string, ...words: string[]): string {
  const program = resolve(root, 'node_modules', nameInPackages);
  return execFileSync(process.execPath, [program, ...words], { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
}

beforeAll(() => {
  // Inside the checkout, so that packages are found from there.
  mkdirSync(join(root, '.cache'), { recursive: true });
  copy = mkdtempSync(join(root, '.cache', 'worked-example-'));
  for (const name of ['src-main', 'docs', 'package.json', 'tsconfig.base.json', 'vitest.config.ts']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const { path, code, adds } of blocks) {
    if (adds) appendFileSync(join(copy, path), code);
    else writeFileSync(join(copy, path), code, { flag: 'wx' });
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('the worked example of CONTRIBUTING.md', () => {
  it('is one file, its test and one line for each of the two kinds', () => {
    expect(
      blocks.map(({ path, code, adds }) => (adds ? `${path}: ${code.trim().split('\n').length} line` : path)),
    ).toEqual([
      'src-main/collectors/sources/open-files.ts',
      'src-main/collectors/sources/open-files.test.ts',
      'src-main/collectors/kinds.ts: 1 line',
      'src-main/deliveries/destinations/journal.ts',
      'src-main/deliveries/destinations/journal.test.ts',
      'src-main/deliveries/kinds.ts: 1 line',
    ]);
  });

  it('holds its types', () => {
    expect(run('typescript/bin/tsc', '-b', 'src-main')).toBe('');
    // The whole of src-main is checked from nothing.
  }, 240_000);

  it.runIf(process.platform === 'linux')('passes its own tests and those that walk the lists', () => {
    const tests = [
      'open-files.test.ts',
      'journal.test.ts',
      'source-kinds.test.ts',
      'destination-kinds.test.ts',
      'layers.test.ts',
      'monitor/settings/schema.test.ts',
    ];
    const report = JSON.parse(
      run('vitest/vitest.mjs', 'run', '--project', 'unit', '--reporter=json', ...tests),
    ) as {
      numFailedTests: number;
      testResults: { name: string }[];
    };
    expect(report.numFailedTests).toBe(0);
    expect(report.testResults).toHaveLength(tests.length);
  });

  it('is missed by no test that walks the kinds', () => {
    const files = ['hostile-names', 'http-answers'];
    const words = ['run', '--project', 'integration', '--reporter=json', '-t', 'every kind', ...files];
    const report = JSON.parse(run('vitest/vitest.mjs', ...words)) as Record<string, number>;
    expect([report['numFailedTests'], report['numPassedTests']]).toEqual([0, 2]);
  });

  it('is in the reference, and in what the window draws its form from', () => {
    run(join(copy, 'docs', 'write-reference.ts'));
    const reference = readFileSync(join(copy, 'docs', 'reference', 'destinations.md'), 'utf8');
    const [, section = ''] = reference.split('## Journal (`journal`)');
    expect(section).toContain('| `file` | text | `"journal.txt"` | File. Relative to the folder');

    const printed = `import { describeKinds } from './src-main/monitor/kinds.ts'; console.log(JSON.stringify(describeKinds()));`;
    writeFileSync(join(copy, 'print-kinds.ts'), printed);
    const { destinations } = JSON.parse(run(join(copy, 'print-kinds.ts'))) as Kinds;
    expect(destinations.find(({ kind }) => kind === 'journal')).toMatchObject({
      title: 'Journal',
      schema: { properties: { name: {}, enabled: {}, file: { title: 'File', default: 'journal.txt' } } },
    });
  });

  it.runIf(process.platform === 'linux')('is known to the command line without another word', () => {
    const settings = {
      version: 1,
      sources: [{ name: 'files', kind: 'open-files' }],
      rules: [
        {
          id: 'many',
          name: 'Many',
          source: 'files',
          metric: 'open_files',
          comparison: 'greater_than',
          threshold: 9e9,
        },
      ],
      destinations: [{ name: 'lines', kind: 'journal' }],
    };
    const file = join(copy, 'plimsoll.yaml');
    writeFileSync(file, JSON.stringify(settings));
    const main = join(copy, 'src-main/headless/main.ts');
    expect(run(main, 'check', file)).toContain('ok, 1 source, 1 rule, 1 destination');
    expect(run(main, 'sample', '--json', '--seconds', '1')).toContain('"metric":"open_files"');
  });
});
