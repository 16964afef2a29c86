import { init, parse } from 'es-module-lexer';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'dist/main');

/** Asked for in a try block, on macOS only, by systeminformation; not installed by us. */
const optional = ['osx-temperature-sensor', 'macos-temperature-sensor'];

let chunks: Map<string, string[]>;
let packages: Record<string, string[]>;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'build.mjs'), '--if-stale'], { stdio: 'pipe' });
  await init();
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  chunks = new Map(names.map((name) => [name, importsIn(readFileSync(join(folder, name), 'utf8'))]));
  packages = JSON.parse(readFileSync(join(root, 'dist/packages.json'), 'utf8'));
});

function importsIn(code: string): string[] {
  const [found] = parse(code);
  const imports = found.flatMap((each) =>
    each.type === 'import-meta' ? [] : [each.specifier ?? '(computed)'],
  );
  // What the bundler leaves of CommonJS.
  const required = [...code.matchAll(/\b__require\w*\(\s*["']([^"']+)["']/g)].map((match) => match[1] ?? '');
  return [...imports, ...required];
}

/** The packages in a chunk and in all that it imports, at once or later. */
function reachablePackages(chunk: string, seen = new Set<string>()): string[] {
  const imports = chunks.get(chunk);
  if (imports === undefined || seen.has(chunk)) return [];
  seen.add(chunk);
  return [
    ...(packages[chunk] ?? []),
    ...imports.flatMap((name) => reachablePackages(name.replace('./', ''), seen)),
  ];
}

it('imports nothing but Node and itself: no Electron, no package that would have to be installed', () => {
  const foreign = [...chunks].flatMap(([chunk, imports]) =>
    imports
      .filter((name) => !isBuiltin(name) && !optional.includes(name))
      .filter((name) => !(name.startsWith('./') && chunks.has(name.slice(2))))
      .map((name) => `${chunk} imports ${name}`),
  );
  expect(foreign).toEqual([]);
  expect(
    Object.values(packages)
      .flat()
      .filter((name) => name.startsWith('electron')),
  ).toEqual([]);
});

it('gives the children only what they need', () => {
  const heavy = ['hono', '@hono/node-server', '@hono/zod-openapi', 'pino', 'rotating-file-stream', 'yaml'];
  // Were the names wrong, the children would be found without them as well.
  expect(reachablePackages('headless.mjs')).toEqual(expect.arrayContaining(heavy));
  const inChildren = [...reachablePackages('collectors.mjs'), ...reachablePackages('history.mjs')];
  expect(inChildren.filter((name) => heavy.includes(name))).toEqual([]);
});
