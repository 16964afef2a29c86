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
/** What each chunk imports before it runs. */
let atOnce: Map<string, string[]>;
let packages: Record<string, string[]>;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'build.mjs'), '--if-stale'], { stdio: 'pipe' });
  await init();
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  const codes = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  chunks = new Map(codes.map(([name, code]) => [name, importsIn(code)]));
  atOnce = new Map(codes.map(([name, code]) => [name, importsAtOnceIn(code)]));
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

function importsAtOnceIn(code: string): string[] {
  const [found] = parse(code);
  return found.flatMap((each) => (each.type === 'static' ? [each.specifier] : []));
}

function unique(name: string, at: number, all: string[]): boolean {
  return all.indexOf(name) === at;
}

/** A chunk and all that it imports, at once or later unless `by` says which. */
function reachable(chunk: string, seen = new Set<string>(), by = chunks): Set<string> {
  const imports = by.get(chunk);
  if (imports === undefined || seen.has(chunk)) return seen;
  seen.add(chunk);
  for (const name of imports) reachable(name.replace('./', ''), seen, by);
  return seen;
}

function reachablePackages(chunk: string): string[] {
  return [...reachable(chunk)].flatMap((name) => packages[name] ?? []);
}

/** What a chunk and all that it imports want from outside of the bundle and of Node. */
function foreignImports(entry: string): string[] {
  return [...reachable(entry)].flatMap((chunk) =>
    (chunks.get(chunk) ?? [])
      .filter((name) => !isBuiltin(name) && !optional.includes(name))
      .filter((name) => !(name.startsWith('./') && chunks.has(name.slice(2))))
      .map((name) => `${chunk} imports ${name}`),
  );
}

it.each(['headless.mjs', 'collectors.mjs', 'history.mjs', 'postgres.mjs'])(
  '%s imports nothing but Node and itself: no Electron, no package that would have to be installed',
  (entry) => {
    expect(chunks.has(entry)).toBe(true);
    expect(foreignImports(entry)).toEqual([]);
    expect(reachablePackages(entry).filter((name) => name.startsWith('electron'))).toEqual([]);
  },
);

it('runs scripts in a process that imports nothing but Node, itself and the script', () => {
  expect(foreignImports('script.mjs')).toEqual(['script.mjs imports data:text/javascript;base64,*']);
});

it('draws reports in a process that imports nothing but Node, itself and what draws pictures', () => {
  expect(foreignImports('report.mjs')).toEqual(['report.mjs imports @napi-rs/canvas']);
});

it('has one chunk that imports Electron, the desktop’s own, and nothing that Electron would have to install', () => {
  expect([...chunks.keys()].flatMap((chunk) => foreignImports(chunk)).filter(unique)).toEqual([
    'desktop.mjs imports electron',
    'report.mjs imports @napi-rs/canvas',
    'script.mjs imports data:text/javascript;base64,*',
  ]);
  // What is tested above would be an empty promise if it were not in the desktop's either.
  expect(reachablePackages('desktop.mjs')).toEqual(
    expect.arrayContaining(['electron-store', 'conf', 'hono']),
  );
});

it('gives the windows a preload script that requires nothing but Electron', () => {
  const code = readFileSync(join(folder, 'preload.cjs'), 'utf8');
  const required = [...code.matchAll(/\b(?:require|import)\s*\(\s*([^)]*)\)/g)].map((match) => match[1]);
  expect(required).toEqual(['"electron"']);
});

it('loads the API and other commands only when somebody asks', () => {
  const loaded = [...reachable('headless.mjs', new Set(), atOnce)];
  const packagesOf = loaded.flatMap((name) => packages[name] ?? []);
  expect(packagesOf).toContain('yaml');
  expect(packagesOf.filter((name) => name.includes('hono'))).toEqual([]);
  // An import of it loads all that Node has for `fetch`.
  expect(loaded.filter((name) => atOnce.get(name)?.includes('node:http'))).toEqual([]);
});

it('gives the children only what they need', () => {
  const heavy = ['hono', '@hono/node-server', '@hono/zod-openapi', 'pino', 'rotating-file-stream', 'yaml'];
  // Were the names wrong, the children would be found without them as well.
  expect(reachablePackages('headless.mjs')).toEqual(expect.arrayContaining(heavy));
  const inChildren = [
    ...reachablePackages('collectors.mjs'),
    ...reachablePackages('history.mjs'),
    ...reachablePackages('script.mjs'),
    ...reachablePackages('report.mjs'),
  ];
  expect(inChildren.filter((name) => heavy.includes(name))).toEqual([]);
  const staying = ['collectors.mjs', 'history.mjs', 'postgres.mjs', 'script.mjs'];
  expect(staying.filter((entry) => reachablePackages(entry).includes('zod'))).toEqual([]);
});
