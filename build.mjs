// Builds dist/: the launcher, the main process with its children, and the renderer.
//
//   node build.mjs                         builds
//   node build.mjs --if-stale              builds when a source changed since the last build
//   node build.mjs --if-stale --forgiving  … and fails with one line and exit code 0 (npm's prepare)
//   node build.mjs --if-stale --then ARGS  … and becomes `plimsoll ARGS` in this process
//   node build.mjs --if-stale --start ARGS … and starts the desktop, or, where there can be none, `plimsoll run ARGS`
//
// Layout, and how the built program finds its parts:
//   dist/plimsoll.mjs         the launcher, src-main/plimsoll.mjs
//   dist/main/headless.mjs    src-main/headless/main.ts      runs on import
//   dist/main/desktop.mjs     src-main/desktop/main.ts       runs on import, in Electron
//   dist/main/preload.cjs     src-main/desktop/preload.ts    runs in the sandbox of each window, before its page
//   dist/main/collectors.mjs  src-main/collectors/host.ts    runs on import, as a child
//   dist/main/history.mjs     src-main/history/host.ts       runs on import, as a child
//   dist/main/postgres.mjs    src-main/history/postgres/host.ts  runs on import, as a child, where history lies in PostgreSQL
//   dist/main/init.sql        the schema that it makes there
//   dist/main/script.mjs      src-main/collectors/scripts/module-host.ts  runs on import, as a child, once for each run
//   dist/main/report.mjs      src-main/reports/host.ts       runs on import, as a child, once for each report
//   dist/main/*.mjs           chunks, all in one folder: a path relative to import.meta.url is right in each of them
//   dist/renderer/            the interface
// Two defines carry what only the build knows: __PLIMSOLL_ENTRIES__ (paths relative to dist/main/) and
// __PLIMSOLL_VERSION__. Where they are absent the sources run unbundled. The bundler leaves
// `new URL('./host.ts', import.meta.url)` as it stands, which is why the paths are handed in.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The message compiler should report only problems.
process.env.CONSOLA_LEVEL ??= '1';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = join(root, 'dist');

/** Entries by name. */
const entries = {
  headless: 'src-main/headless/main.ts',
  desktop: 'src-main/desktop/main.ts',
  report: 'src-main/reports/host.ts',
};

/** Entries of the child processes, by name. The main process has already validated what it sends them. */
const childEntries = {
  collectors: 'src-main/collectors/host.ts',
  history: 'src-main/history/host.ts',
  postgres: 'src-main/history/postgres/host.ts',
  script: 'src-main/collectors/scripts/module-host.ts',
};

/** Tests and generated files do not affect dist/. */
const withoutEffect = /\.test\.ts$|[\\/](paraglide|testing)[\\/]|[\\/]project\.inlang[\\/](?!settings\.json)/;

function sourceFiles() {
  const files = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(mjs|js|ts|json)$/.test(entry.name))
    .map((entry) => entry.name);
  for (const folder of ['src-main', 'src-renderer', 'resources']) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(root.length));
    }
  }
  return files.filter((path) => !withoutEffect.test(path)).sort();
}

/** A hash of all build inputs. It covers contents instead of times, because a fresh or copied checkout has new times. */
function sourcesStamp() {
  const hash = createHash('sha256');
  for (const path of sourceFiles()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Whether dist/ and the generated messages match the current sources. */
function isFresh() {
  const stamp = join(dist, '.stamp');
  if (!existsSync(stamp) || !existsSync(join(root, 'src-renderer/paraglide/messages.js'))) return false;
  return readFileSync(stamp, 'utf8') === sourcesStamp();
}

/** Removes zod's messages in 50 languages, which take 270 kB of memory in each process. Ours are in English. */
const onlyEnglish = {
  name: 'only-english',
  enforce: 'pre',
  load(id) {
    return /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/.test(id)
      ? "export { default as en } from './en.js';"
      : null;
  },
};

/**
 * Replaces zod in processes that parse nothing: building a schema returns the stub again, and parsing with it throws
 * (docs/decisions/0111-child-processes-do-not-contain-zod.md).
 */
const withoutZod = {
  name: 'without-zod',
  enforce: 'pre',
  resolveId: (id) => (id === 'zod' ? '\0without-zod' : null),
  load: (id) =>
    id === '\0without-zod'
      ? `export const z = new Proxy(function () {}, {
  apply: () => z,
  get(_target, name) {
    if (typeof name === 'symbol' || /^(safe)?(parse|decode|encode)/i.test(name) || name === 'options')
      throw new Error(\`there is no zod in this process, which asked it for \${String(name)}\`);
    return z;
  },
});`
      : null,
};

/**
 * Loads Node's modules by `process.getBuiltinModule`. An import reads every exported name, and for some of them Node
 * then loads further modules: `node:fs` and `node:util` bring thirty more, 1 MB in every process.
 */
const builtinsUnread = {
  name: 'builtins-unread',
  renderChunk(code) {
    const named = /^import (?:([\w$]+)(?:, )?)?(?:\{([^}]*)\})? from "(?:node:)?([\w/]+)";$/gm;
    return code.replaceAll(named, (whole, byDefault, names, module) => {
      if (!isBuiltin(`node:${module}`)) return whole;
      const asked = `globalThis.process.getBuiltinModule("node:${module}")`;
      const parts = [];
      if (byDefault !== undefined) parts.push(`const ${byDefault} = ${asked};`);
      if (names !== undefined) parts.push(`const {${names.replaceAll(' as ', ': ')}} = ${asked};`);
      return parts.join(' ');
    });
  },
};

/**
 * Bundles the main process and its children into `outDir`. Returns the names of the npm packages in each chunk, which
 * the bundle test reads from dist/packages.json.
 */
async function buildMain(outDir) {
  return {
    ...(await bundle(entries, outDir, [onlyEnglish, builtinsUnread])),
    ...(await bundle(childEntries, outDir, [withoutZod, builtinsUnread])),
  };
}

async function bundle(inputs, outDir, plugins) {
  const { build } = await import('vite');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { output } = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    plugins,
    define: {
      __PLIMSOLL_VERSION__: JSON.stringify(version),
      __PLIMSOLL_ENTRIES__: JSON.stringify({
        collectors: './collectors.mjs',
        history: './history.mjs',
        postgres: './postgres.mjs',
        script: './script.mjs',
        report: './report.mjs',
        renderer: '../renderer/',
        preload: './preload.cjs',
        trayImages: '../../resources/icons/tray/',
      }),
    },
    ssr: { noExternal: true, external: ['@napi-rs/canvas'], target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        checks: { bundlerTimings: false },
        // `electron` is used only by the desktop entry and provided by Electron itself. `@napi-rs/canvas` draws
        // pictures, has a native module and is used only by the report entry.
        external: ['electron', '@napi-rs/canvas'],
        input: Object.fromEntries(Object.entries(inputs).map(([name, path]) => [name, join(root, path)])),
        output: {
          format: 'es',
          entryFileNames: '[name].mjs',
          chunkFileNames: '[name]-[hash].mjs',
          // A process keeps its modules' source in memory, with two bytes a character if any character is not Latin.
          comments: { legal: true, annotation: false, jsdoc: false },
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
        },
      },
    },
  });
  return Object.fromEntries(
    output.map(({ fileName, moduleIds }) => [fileName, [...new Set(moduleIds.flatMap(packageOf))].sort()]),
  );
}

/** The script that runs before a window's page: one CommonJS file, because a sandboxed script can require only Electron. */
async function buildPreload(outDir) {
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        external: ['electron'],
        input: { preload: join(root, 'src-main/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  });
}

function packageOf(moduleId) {
  const name = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(moduleId)?.[1];
  return name === undefined ? [] : [name.replace('\\', '/')];
}

async function buildRenderer(outDir) {
  const { build } = await import('vite');
  await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });
}

/** Builds beside dist/ and swaps at the end, so that a failed build leaves the last good one in place. */
async function buildAll() {
  const stamp = sourcesStamp();
  const fresh = join(root, '.cache', `build-${process.pid}`);
  try {
    const packages = await buildMain(join(fresh, 'main'));
    await buildPreload(join(fresh, 'main'));
    copyFileSync(join(root, 'src-main/history/postgres/init.sql'), join(fresh, 'main/init.sql'));
    await buildRenderer(join(fresh, 'renderer'));
    writeFileSync(join(fresh, 'packages.json'), JSON.stringify(packages));
    const launcher = join(fresh, 'plimsoll.mjs');
    copyFileSync(join(root, 'src-main/plimsoll.mjs'), launcher);
    chmodSync(launcher, 0o755);
    writeFileSync(join(fresh, '.stamp'), stamp);
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Runs the bundler in a separate process, because its memory would stay with the application. */
function buildApart(stdio) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], { stdio });
  if (status !== 0) throw new Error('the build failed');
}

/**
 * npm runs scripts through a shell and sends SIGTERM to it, but the shell does not pass it on, and the application
 * would keep running. This watches the parent process and stops when it is gone.
 */
function followParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  timer.unref();
}

async function run(args) {
  // `npm run` uses the Node 24 that npm installed; macOS has no such package.
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(`Node 24.18 or newer is needed, this is ${process.versions.node}`);
  }
  if (args.includes('--if-stale')) {
    if (!isFresh()) buildApart(args.includes('--forgiving') ? 'ignore' : 'inherit');
    return;
  }
  const startedAt = performance.now();
  await buildAll();
  console.log(`Built dist/ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Continues as the command line, in this process. */
async function becomeLauncher(args) {
  const launcher = join(dist, 'plimsoll.mjs');
  process.argv.splice(1, process.argv.length, launcher, ...args);
  await import(pathToFileURL(launcher).href);
}

async function start(args) {
  const { startDesktop } = await import('./src-main/start.mjs');
  const why = await startDesktop(args);
  if (why === null) return process.exit();
  console.log(`No desktop: ${why}. Plimsoll starts with its interface in the browser.`);
  await becomeLauncher(['run', ...args.filter((word) => word !== '--hidden')]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  const at = args.findIndex((word) => word === '--then' || word === '--start');
  const [own, next, after] = at === -1 ? [args] : [args.slice(0, at), args[at], args.slice(at + 1)];
  try {
    await run(own);
  } catch (error) {
    if (args.includes('--forgiving')) {
      console.log(`Plimsoll is not built yet: ${error.message}. "npm run build" tells more.`);
    } else {
      // The bundler's message contains file and line; its stack only points to the bundler.
      if (error.errors !== undefined) console.error(error.message);
      else console.error(args.includes('--if-stale') ? `Plimsoll: ${error.message}.` : error);
      process.exit(1);
    }
  }
  if (next !== undefined) {
    followParent();
    await (next === '--then' ? becomeLauncher(after) : start(after));
  }
}
