import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smoke } from './smoke.ts';
import { expect, test } from './test.ts';

const root = join(import.meta.dirname, '../..');

/*
 * A smoke test that passes whatever is broken proves nothing: the built bundle is broken in three ways, one at a time, and
 * each has to make it fail for its own reason.
 */
const sabotages = [
  {
    what: 'the preload script is looked for elsewhere',
    from: './preload.cjs',
    to: './preload-gone.cjs',
    failure: /did not show its main window/,
  },
  {
    what: 'a channel is called otherwise in main',
    from: 'plimsoll:api',
    to: 'plimsoll:apy',
    failure: /No handler registered for 'plimsoll:api'/,
  },
  {
    what: "the collectors' entry is missing",
    from: './collectors.mjs',
    to: './collectors-gone.mjs',
    failure: /did not have both stages running and a sample/,
  },
];

/** Puts a copy of what is built into a folder, with the main bundle changed; the preload script stays as it is. */
function copyWith(folder: string, from: string, to: string): string {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['resources', 'package.json']) symlinkSync(join(root, name), join(folder, name));
  const main = join(folder, 'dist/main');
  let places = 0;
  for (const name of readdirSync(main).filter((file) => file.endsWith('.mjs'))) {
    const text = readFileSync(join(main, name), 'utf8');
    places += text.split(from).length - 1;
    writeFileSync(join(main, name), text.replaceAll(from, to));
  }
  expect(places, `the built bundle no longer says ${from}`).toBeGreaterThan(0);
  return join(main, 'desktop.mjs');
}

test('a copy that is not broken passes the smoke test', async ({ desktop, folder }) => {
  await smoke(desktop, copyWith(folder, './preload.cjs', './preload.cjs'));
});

for (const { what, from, to, failure } of sabotages) {
  test(`fails the smoke test: ${what}`, async ({ desktop, folder }) => {
    await expect(smoke(desktop, copyWith(folder, from, to))).rejects.toThrow(failure);
  });
}
