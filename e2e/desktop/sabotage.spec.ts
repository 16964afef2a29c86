import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smoke } from './smoke.ts';
import { expect, test } from './test.ts';

const root = join(import.meta.dirname, '../..');

/*
 * A smoke test that passes whatever is broken proves nothing: the built bundle is broken in three ways, one at a time, and
 * each has to make it fail.
 */
const sabotages = [
  { what: 'the preload script is looked for elsewhere', from: './preload.cjs', to: './preload-gone.cjs' },
  { what: 'a channel is called otherwise in main', from: 'plimsoll:api', to: 'plimsoll:apy' },
  { what: "the collectors' entry is missing", from: './collectors.mjs', to: './collectors-gone.mjs' },
];

for (const { what, from, to } of sabotages) {
  test.describe(what, () => {
    const copy = mkdtempSync(join(tmpdir(), 'plimsoll-broken-'));
    test.use({ entry: join(copy, 'dist/main/desktop.mjs') });

    test.beforeAll(() => {
      cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
      for (const name of ['resources', 'package.json', 'node_modules']) symlinkSync(join(root, name), join(copy, name));
      // The preload script keeps its own names: only main is broken.
      const main = join(copy, 'dist/main');
      let places = 0;
      for (const name of readdirSync(main).filter((file) => file.endsWith('.mjs'))) {
        const text = readFileSync(join(main, name), 'utf8');
        places += text.split(from).length - 1;
        writeFileSync(join(main, name), text.replaceAll(from, to));
      }
      expect(places, `the built bundle no longer says ${from}`).toBeGreaterThan(0);
    });
    test.afterAll(() => rmSync(copy, { recursive: true, force: true }));

    test('fails the smoke test', async ({ desktop }) => {
      await expect(smoke(desktop)).rejects.toThrow(/Plimsoll did not|Plimsoll ended/);
    });
  });
}
