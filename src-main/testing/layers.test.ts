import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBreaches, layers } from './layers.ts';

it('finds no import in this tree that the table does not allow', () => {
  expect(findBreaches(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([]);
}, 60_000);

describe('a planted breach', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-layers-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function plant(path: string, text: string): string[] {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    return findBreaches(root);
  }

  const cases: [path: string, text: string, found: string][] = [
    ['src-main/contract/a.ts', `import { x } from '../base/clock.ts';`, 'a.ts:1 imports ../base/clock.ts'],
    ['src-main/contract/a.ts', `\nimport 'node:fs';`, 'a.ts:2 imports node:fs'],
    ['src-main/base/a.ts', `export { x } from '../rules/a.ts';`, 'imports ../rules/a.ts'],
    ['src-main/base/clock.ts', `import { pino } from 'pino';`, 'imports pino'],
    ['src-main/rules/a.ts', `type A = import('node:fs').Stats;`, 'imports node:fs'],
    ['src-main/rules/a.ts', `const now = Date.now();`, 'uses Date'],
    ['src-main/rules/a.ts', `const now = process.hrtime();`, 'uses process'],
    ['src-main/rules/a.ts', `const luck = Math.random();`, 'uses Math.random'],
    ['src-main/rules/a.ts', `const f = { setTimeout };`, 'uses setTimeout'],
    ['src-main/rules/a.ts', `/// <reference types="node" />`, 'imports node'],
    ['src-main/collectors/a.ts', `import type { X } from '../rules/a.ts';`, 'imports ../rules/a.ts'],
    ['src-main/collectors/cpu.ts', `await import('systeminformation');`, 'imports systeminformation'],
    ['src-main/collectors/cpu.ts', `import 'node:sqlite';`, 'imports node:sqlite'],
    ['src-main/collectors/a.ts', `await import(name);`, 'imports (a name that is computed)'],
    ['src-main/alerts/a.ts', `const { x } = require('../deliveries/a.ts');`, 'imports ../deliveries/a.ts'],
    ['src-main/deliveries/record.ts', `import 'csv-stringify/sync';`, 'imports csv-stringify/sync'],
    ['src-main/history/sqlite.ts', `import 'pg';`, 'imports pg'],
    ['src-main/reports/a.ts', `import '../history/open.ts';`, 'imports ../history/open.ts'],
    ['src-main/monitor/pipeline.ts', `import 'node:sqlite';`, 'imports node:sqlite'],
    ['src-main/monitor/pipeline.ts', `import '../api/app.ts';`, 'imports ../api/app.ts'],
    ['src-main/api/a.ts', `import 'node:http';`, 'imports node:http'],
    ['src-main/api/a.ts', `import '../hub/a.ts';`, 'imports ../hub/a.ts'],
    ['src-main/hub/a.ts', `import '../headless/a.ts';`, 'imports ../headless/a.ts'],
    ['src-main/hub/a.ts', `import '../deliveries/a.ts';`, 'imports ../deliveries/a.ts'],
    ['src-main/headless/a.ts', `import 'electron-store';`, 'imports electron-store'],
    ['src-main/headless/a.ts', `import '../desktop/a.ts';`, 'imports ../desktop/a.ts'],
    ['src-main/headless/a.ts', `import '../testing/hand-clock.ts';`, 'imports ../testing/hand-clock.ts'],
    ['src-main/headless/a.ts', `import 'fs';`, 'imports fs'],
    ['src-main/headless/a.ts', `import x from '../../bench/x.ts';`, 'imports ../../bench/x.ts'],
    ['src-main/desktop/a.ts', `import '../rules/a.ts';`, 'imports ../rules/a.ts'],
    ['src-main/alerts/a.test.ts', `import 'hono';`, 'imports hono'],
    ['src-main/helpers/a.ts', ``, 'src-main/helpers has no row'],
    ['src-main/loose.ts', ``, 'src-main/loose.ts has no row'],
    [
      'src-renderer/views/a.ts',
      `import { app } from '../../src-main/api/app.ts';`,
      'imports ../../src-main/api/app.ts',
    ],
    [
      'src-renderer/views/a.ts',
      `import type { X } from '../../src-main/monitor/a.ts';`,
      'imports ../../src-main/monitor/a.ts',
    ],
    ['src-renderer/a.ts', `import { Hono } from 'hono';`, 'imports hono'],
    [
      'src-renderer/A.svelte',
      `<p>import 'x'</p>\n<script lang="ts" generics="T extends Record<string, number>">\nimport 'node:fs';\n</script>`,
      'A.svelte:3 imports node:fs',
    ],
  ];

  it.each(cases)('%s: %s', (path, text, found) => {
    const breaches = plant(path, text);
    expect(breaches).toHaveLength(1);
    expect(breaches[0]).toContain(found);
  });

  it('is named with place, what is allowed, and why', () => {
    expect(plant('src-main/base/clock.ts', `\nimport { pino } from 'pino';`)).toEqual([
      'src-main/base/clock.ts:2 imports pino. src-main/base may import: contract; packages: node:, pino in log.ts, ' +
        `rotating-file-stream in log.ts, zod in http/options.ts, http/authority-file.ts. ${layers['src-main/base']?.why ?? ''}`,
    ]);
  });

  it('is not what the table allows', () => {
    plant('src-main/base/log.ts', `import { pino } from 'pino';`);
    plant('src-main/rules/a.ts', `import { x } from '../contract/a.ts';\nconst a = { process: b.Date };`);
    plant(
      'src-main/rules/a.test.ts',
      `import { it } from 'vitest';\nimport '../testing/x.ts';\nconst a = new Date();`,
    );
    plant('src-main/monitor/state/state-file.ts', `import { DatabaseSync } from 'node:sqlite';`);
    plant('src-main/collectors/system/portable.ts', `await import('systeminformation');`);
    plant('src-main/desktop/main.ts', `import { app } from 'electron';`);
    plant('src-main/testing/a.ts', `import 'typescript';\nimport '../desktop/main.ts';`);
    plant('src-renderer/client/a.ts', `import type { Api } from '../../src-main/api/app.ts';`);
    expect(plant('src-renderer/A.svelte', `<script>\nimport { onMount } from 'svelte';\n</script>`)).toEqual(
      [],
    );
  });
});
