import { readdirSync } from 'node:fs';
import type { DesktopApp } from './desktop-app.ts';
import { expect, test } from './test.ts';

const childrenOf = async (app: DesktopApp): Promise<number[]> =>
  (await app.status()).stages.flatMap(({ pid }) => (pid === null ? [] : [pid]));

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('settings are kept over a restart', async ({ app, desktop }) => {
  await app.changeSettings(({ rules, sources }) => {
    rules[0]!.threshold = 77.25;
    sources[1]!.enabled = false;
  });
  const { settings } = await app.settings();
  expect(await app.quit()).toBe(0);

  const again = await desktop.start();
  await again.window('main');
  expect((await again.settings()).settings).toEqual(settings);
});

test('a second instance brings the first one to the front and ends', async ({ app, desktop }) => {
  const pids = await childrenOf(app);
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.hide();
  });
  const second = await desktop.start();
  expect(await second.hasEnded()).toBe(0);
  await expect.poll(() => app.isVisible('main')).toBe(true);
  expect(await childrenOf(app)).toEqual(pids);
});

test('a page that crashes comes back, and nothing else stops', async ({ app }) => {
  const page = await app.window('main');
  const pids = await childrenOf(app);
  const crashed = page.waitForEvent('crash');
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(
      ({ webContents }) => !webContents.getURL().includes('popover'),
    );
    window?.webContents.forcefullyCrashRenderer();
  });
  await crashed;
  const again = await app.until('show its window again', async () => {
    const found = await app.window('main');
    return found === page ? undefined : found;
  });
  await expect(again.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await childrenOf(app)).toEqual(pids);
  expect(await app.tray()).not.toBeNull();
});

test('collectors that are killed are started again, and samples go on', async ({ app }) => {
  const before = await app.status();
  const collectors = before.stages.find(({ stage }) => stage === 'collectors')!;
  process.kill(collectors.pid!, 'SIGKILL');
  const after = await app.statusWhen('sample again', ({ stages, sources }) => {
    const stage = stages.find((each) => each.stage === 'collectors')!;
    return (
      stage.state === 'running' &&
      stage.pid !== collectors.pid &&
      sources.some(({ lastSuccessAt }) => (lastSuccessAt ?? 0) > stage.since)
    );
  });
  expect(after.stages.find(({ stage }) => stage === 'collectors')!.deaths).toBe(collectors.deaths + 1);
});

for (const way of ['the menu', 'SIGTERM'] as const) {
  test(`quitting by ${way} leaves nothing behind`, async ({ app, desktop }) => {
    const pids = await childrenOf(app);
    expect(pids).toHaveLength(2);
    if (way === 'the menu') await app.choose('Quit Plimsoll').catch(() => undefined);
    else app.running.process.kill('SIGTERM');
    expect(await app.hasEnded()).toBe(0);
    await expect.poll(() => pids.filter(isRunning), { timeout: 2000 }).toEqual([]);
    await expect.poll(() => app.running.pages().length).toBe(0);
    const left = readdirSync(desktop.userData);
    expect(left.filter((name) => /^owner\.json$|\.sock$|-wal$|\.tmp$/.test(name))).toEqual([]);
  });
}

test('sleep and wake are hints: nothing is announced because of them', async ({ app }) => {
  await app.evaluate(({ powerMonitor }) => {
    for (const event of ['suspend', 'lock-screen', 'resume', 'unlock-screen'] as const)
      powerMonitor.emit(event);
  });
  const { at } = await app.status();
  await app.statusWhen('sample after waking', ({ sources }) =>
    sources.some(({ lastSuccessAt }) => (lastSuccessAt ?? 0) > at),
  );
  expect(await app.notifications()).toEqual([]);
});
