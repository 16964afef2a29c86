import * as exported from './exports.ts';

/** `import electron from 'electron'`, as electron-store has it, and the named imports give the same objects. */
export * from './exports.ts';
export { exported as default };
