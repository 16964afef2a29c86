import { registerHooks } from 'node:module';
import { runInThisContext } from 'node:vm';
import { answer } from './display-line.ts';

/*
 * `node --import hooks.ts desktop.mjs` runs the desktop's bundle as Electron's main process would: `electron` is the
 * stand-in, also for packages inside the bundle, and Node says that it is Electron.
 */
const standIn = new URL('./electron.ts', import.meta.url).href;

Object.defineProperty(process, 'versions', {
  value: { ...process.versions, electron: '45.4.1', chrome: '156.0.0.0' },
});
Object.defineProperty(process, 'type', { value: 'browser' });
Object.defineProperty(process, 'resourcesPath', { value: import.meta.dirname });
Object.defineProperty(process, 'defaultApp', { value: true });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' || specifier === 'electron/main'
      ? { url: standIn, shortCircuit: true }
      : next(specifier, context),
});

const electron = await import('./electron.ts');

answer({
  evaluate(source, argument) {
    const run = runInThisContext(`(${source})`) as (module: unknown, argument: unknown) => unknown;
    return run(electron.default, argument);
  },
});
