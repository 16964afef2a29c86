import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { builtEntry } from './desktop-app.ts';
import { smoke } from './smoke.ts';
import { expect, test } from './test.ts';

test('everything is there once', async ({ desktop }) => {
  await smoke(desktop);
});

test('the first start shows the window, four sources and three rules, and values within ten seconds', async ({
  desktop,
}) => {
  const startedAt = performance.now();
  const app = await desktop.start();
  const page = await app.window('main');
  const status = await app.statusWhen('sample every source', ({ sources }) =>
    sources.every(({ lastSuccessAt }) => lastSuccessAt !== null),
  );
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(status.sources).toHaveLength(4);
  expect((await app.settings()).settings.rules).toHaveLength(3);
  // Many programs start at once here: the processor may be past its line for a moment.
  await expect(
    page.getByRole('heading', { level: 1, name: /^All below the line$|not yet for long enough$/ }),
  ).toBeVisible();
  expect(await app.isVisible('main')).toBe(true);
  expect(await app.isVisible('popover')).toBe(false);
});

test('no port is opened', async ({ app }) => {
  const resources = await app.evaluate(() => process.getActiveResourcesInfo());
  expect(resources.filter((name) => name === 'TCPServerWrap' || name === 'TCPSocketWrap')).toEqual([]);
});

test('commands reach it through its socket, and are told that it has no address', async ({
  app,
  desktop,
}) => {
  await expect.poll(() => app.isVisible('main')).toBe(true);
  const run = (...words: string[]) =>
    spawnSync(
      process.execPath,
      [join(dirname(builtEntry), '..', 'plimsoll.mjs'), ...words, '--data', desktop.userData],
      {
        encoding: 'utf8',
      },
    );
  const status = run('status', '--json');
  expect(status.status).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({ address: null, status: { level: 'ok' } });
  const link = run('link');
  expect([link.status, link.stderr]).toEqual([1, expect.stringContaining('has no port open')]);
});

test('a start at login stays out of sight until the tray is asked', async ({ desktop }) => {
  const app = await desktop.start(['--hidden']);
  await app.window('popover');
  expect(await app.isVisible('main')).toBe(false);
  await app.until('have a tray', async () => (await app.tray()) ?? undefined);
  await app.choose('Open Plimsoll');
  await app.window('main');
  await expect.poll(() => app.isVisible('main')).toBe(true);
});
