import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The renderer. The main process is bundled by `build.mjs`, which also calls this. */
export default defineConfig({
  root: here('src-renderer'),
  base: './',
  plugins: [
    // Messages are compiled first: views import the compiled functions.
    paraglideVitePlugin({
      project: here('src-renderer/project.inlang'),
      outdir: here('src-renderer/paraglide'),
      emitTsDeclarations: true,
      emitReadme: false,
      strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
      localStorageKey: 'plimsoll-locale',
      isServer: 'false',
    }),
    svelte({
      configFile: false,
      dynamicCompileOptions: ({ filename }) =>
        filename.includes('node_modules') ? undefined : { runes: true },
    }),
  ],
  build: {
    outDir: here('dist/renderer'),
    emptyOutDir: true,
    // The browsers of the last two years and Electron's Chromium.
    target: ['chrome120', 'firefox121', 'safari17.2'],
    modulePreload: { polyfill: false },
    // Most of a build is the compiling of messages and components; nobody has to be told each time.
    rolldownOptions: { checks: { bundlerTimings: false } },
    // The strict content security policy has no room for data: URLs.
    assetsInlineLimit: 0,
  },
});
