import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isTestFile, readSource, type Import } from './source-imports.ts';

/** Where a package may be imported: anywhere in the folder, or only in the named files of it. */
type Places = 'anywhere' | readonly string[];

/** One row of the table "Who may import whom" in docs/architecture.md. */
interface Layer {
  /** Other folders of src-main, by name. A folder may always import itself. */
  folders: readonly string[];
  /** Folders of which only types may be imported. */
  typesOf?: readonly string[];
  /** By name, with the part after the package's own name where only that part is meant. `node:` is all of Node but node:sqlite. */
  packages: Readonly<Record<string, Places>>;
  /** Names that must not be used, dotted where only one member is meant. */
  withoutNames?: readonly string[];
  why: string;
}

const stages = ['collectors', 'history', 'rules', 'alerts', 'deliveries'] as const;
const doors = ['contract', 'base', 'monitor', 'api', 'reports'] as const;

/** The table as data; the key is the folder. */
export const layers: Readonly<Record<string, Layer>> = {
  'src-main/contract': {
    folders: [],
    packages: { zod: 'anywhere' },
    why: 'Every process and the renderer agree on these shapes, so they depend on nothing that one of them lacks.',
  },
  'src-main/base': {
    folders: ['contract'],
    packages: {
      'node:': 'anywhere',
      pino: ['log.ts'],
      'rotating-file-stream': ['log.ts'],
      zod: ['http/options.ts', 'http/authority-file.ts'],
    },
    why: 'The ground that all stages stand on knows nothing of monitoring; the logger can be replaced in one file, and options that sources and destinations share are in another.',
  },
  'src-main/collectors': {
    folders: ['contract', 'base'],
    packages: {
      'node:': 'anywhere',
      zod: 'anywhere',
      systeminformation: ['system/portable.ts'],
      // What an owner wrote and approved, in the process that runs nothing else.
      '(a name that is computed)': ['scripts/module-host.ts'],
    },
    why: 'A stage is ignorant of the others; it runs in a process of its own. Each third-party package has one file.',
  },
  'src-main/history': {
    folders: ['contract', 'base'],
    packages: {
      'node:': 'anywhere',
      'node:sqlite': 'anywhere',
      pg: ['postgres/database.ts'],
      'pg-copy-streams': ['postgres/database.ts'],
    },
    why: 'A stage is ignorant of the others; it runs in a process of its own and owns its database alone.',
  },
  'src-main/rules': {
    folders: ['contract'],
    packages: {},
    withoutNames: [
      ...[
        'Date',
        'performance',
        'Math.random',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
      ],
      ...['console', 'process', 'globalThis', 'fetch'],
    ],
    why: 'Decisions are pure: time and samples come as arguments, so that every case can be replayed.',
  },
  'src-main/alerts': {
    folders: ['contract', 'base'],
    packages: { 'node:': 'anywhere', croner: ['occurrences.ts'] },
    why: 'A stage is ignorant of the others; the monitor brings them together.',
  },
  'src-main/deliveries': {
    folders: ['contract', 'base'],
    packages: {
      'node:': 'anywhere',
      zod: 'anywhere',
      'csv-stringify': ['formats.ts'],
      nodemailer: ['mail/smtp.ts'],
      mqtt: ['destinations/mqtt.ts'],
    },
    why: 'A stage is ignorant of the others. Each third-party package has one file.',
  },
  'src-main/documents': {
    folders: ['contract', 'base'],
    packages: { 'node:': 'anywhere', yaml: 'anywhere' },
    why: 'Text that people edit, read strictly and changed in place; it knows nothing of what the keys mean.',
  },
  'src-main/predecessors': {
    folders: ['contract', 'base'],
    packages: {},
    why: "The one place that knows the predecessors' files and variables: plain data in, our settings out.",
  },
  'src-main/reports': {
    folders: ['contract', 'base'],
    packages: { 'node:': ['files.ts'], '@napi-rs/canvas': ['png.ts'] },
    why: 'A report is drawn from values that it is given, in a process of its own; what draws pictures is loaded in one file, and files are written in another.',
  },
  'src-main/monitor': {
    folders: ['contract', 'base', 'documents', 'predecessors', 'reports', ...stages],
    packages: {
      'node:': 'anywhere',
      zod: 'anywhere',
      'node:sqlite': ['state/state-file.ts', 'state/state-copy.ts'],
    },
    why: 'The one place where the stages meet; what must be committed across them is committed in state/state.ts.',
  },
  'src-main/api': {
    folders: ['contract', 'base', 'monitor', 'reports'],
    packages: {
      hono: 'anywhere',
      '@hono/zod-openapi': 'anywhere',
      zod: 'anywhere',
      'node:crypto': ['access.ts'],
    },
    why: 'A request goes in and a response comes out: the API knows neither sockets nor files. Codes and cookies are drawn and compared in access.ts.',
  },
  'src-main/hub': {
    folders: doors,
    packages: { 'node:': 'anywhere', '@hono/node-server': 'anywhere', hono: 'anywhere', zod: ['owner.ts'] },
    why: 'A door leads to the monitor and never past it to a stage.',
  },
  'src-main/headless': {
    folders: [...doors, 'documents', 'hub'],
    packages: { 'node:': 'anywhere', zod: 'anywhere' },
    why: 'A door leads to the monitor and never past it to a stage.',
  },
  'src-main/desktop': {
    folders: [...doors, 'documents', 'hub'],
    packages: {
      'node:': 'anywhere',
      zod: 'anywhere',
      electron: 'anywhere',
      'electron-store': ['desktop.ts'],
    },
    why: 'A door leads to the monitor and never past it to a stage; only this one may see Electron.',
  },
  'src-renderer': {
    folders: ['contract'],
    typesOf: ['api'],
    packages: {
      svelte: 'anywhere',
      'hono/client': 'anywhere',
      zod: 'anywhere',
      '@lucide/svelte': 'anywhere',
    },
    why: 'The interface runs in any browser: it knows the agreed shapes and the type of the API, nothing of Node.',
  },
};

/** What `*.test.ts` may import beyond its folder's row. */
const forTests = [
  'vitest',
  'fast-check',
  'ajv',
  '@napi-rs/canvas',
  'csv-parse',
  'smtp-server',
  'mailparser',
  'node:',
  'node:sqlite',
];

/**
 * Every import under `root` (a checkout) that the table does not allow, as messages that say where it stands, what the
 * folder may import, and why. `testing/` may import anything.
 */
export function findBreaches(root: string): string[] {
  return [...sourceFiles(join(root, 'src-main')), ...sourceFiles(join(root, 'src-renderer'))]
    .sort()
    .flatMap((file) => breachesIn(root, file));
}

function breachesIn(root: string, file: string): string[] {
  const path = relative(root, file).split(sep).join('/');
  const folder = folderOf(path);
  if (folder === 'src-main/testing') return [];
  const layer = layers[folder];
  if (layer === undefined) {
    return [
      `${path}: ${folder} has no row in the table. Add one to src-main/testing/layers.ts and docs/architecture.md.`,
    ];
  }
  const isTest = isTestFile(path);
  const { imports, names } = readSource(
    path,
    readFileSync(file, 'utf8'),
    isTest ? [] : (layer.withoutNames ?? []),
  );
  return [
    ...imports
      .filter((found) => !isAllowed(root, file, folder, layer, found, isTest))
      .map(
        (found) => `${path}:${String(found.line)} imports ${found.name}. ${explain(folder, layer, isTest)}`,
      ),
    ...names.map(
      ({ name, line }) =>
        `${path}:${String(line)} uses ${name}. ${folder} does without ${(layer.withoutNames ?? []).join(', ')}. ${layer.why}`,
    ),
  ];
}

function isAllowed(
  root: string,
  file: string,
  folder: string,
  layer: Layer,
  found: Import,
  isTest: boolean,
): boolean {
  if (found.name.startsWith('.')) {
    const target = folderOf(
      relative(root, resolve(dirname(file), found.name))
        .split(sep)
        .join('/'),
    );
    if (target === folder) return true;
    if (target === 'src-main/testing') return isTest;
    const name = target.replace(/^src-main\//, '');
    return layer.folders.includes(name) || (found.isTypeOnly && (layer.typesOf ?? []).includes(name));
  }
  if (isTest && forTests.some((name) => covers(name, found.name))) return true;
  const places = Object.entries(layer.packages).find(([name]) => covers(name, found.name))?.[1];
  const inFolder = relative(join(root, folder), file).split(sep).join('/');
  return places === 'anywhere' || (places !== undefined && (isTest || places.includes(inFolder)));
}

/** Whether an entry of the table speaks of an import. `node:sqlite` must be named: not everybody opens databases. */
function covers(entry: string, name: string): boolean {
  if (entry === 'node:') return name.startsWith('node:') && name !== 'node:sqlite';
  return name === entry || name.startsWith(`${entry}/`);
}

function explain(folder: string, layer: Layer, isTest: boolean): string {
  const folders = [...layer.folders, ...(layer.typesOf ?? []).map((name) => `types of ${name}`)];
  const packages = Object.entries(layer.packages).map(([name, places]) =>
    places === 'anywhere' ? name : `${name} in ${places.join(', ')}`,
  );
  const tests = isTest ? ` Its tests also: testing, ${forTests.join(', ')}.` : '';
  return `${folder} may import: ${listed(folders)}; packages: ${listed(packages)}.${tests} ${layer.why}`;
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}

/** `src-main/rules/a/b.ts` → `src-main/rules`; the renderer is one folder. Outside both, the path as it is. */
function folderOf(path: string): string {
  const [top, folder, ...rest] = path.split('/');
  if (top === 'src-renderer') return top;
  return top === 'src-main' && folder !== undefined && rest.length > 0 ? `${top}/${folder}` : path;
}

function sourceFiles(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile() && /\.([cm]?[jt]s|svelte)$/.test(entry.name))
    .filter((entry) => !/[\\/]paraglide([\\/]|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isLauncher(path));
}

/** Launchers belong to no layer: they run as they stand and reach the program only once that is built. */
function isLauncher(path: string): boolean {
  return ['plimsoll.mjs', 'start.mjs'].includes(basename(path)) && basename(dirname(path)) === 'src-main';
}
