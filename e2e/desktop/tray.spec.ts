import { cross } from './crossing.ts';
import type { DesktopApp } from './desktop-app.ts';
import { expect, test } from './test.ts';
import { trayState } from './tray-states.ts';

const labels = async (app: DesktopApp): Promise<string[]> =>
  ((await app.tray())?.menu ?? []).filter(({ type }) => type !== 'separator').map(({ label }) => label);

const always = ['Open Plimsoll', 'Quick look', 'Settings', 'Quit Plimsoll'];

test('all below the line', async ({ app }) => {
  await expect.poll(() => trayState(app)).toBe('ok');
  expect(await labels(app)).toEqual(
    expect.arrayContaining(['All below the line', 'Pause announcements', ...always]),
  );
  expect((await app.tray())?.toolTip).toBe('Plimsoll: All below the line');
});

for (const severity of ['warning', 'critical'] as const) {
  test(`a line crossed: ${severity}`, async ({ app }) => {
    await cross(app, severity);
    await expect.poll(() => trayState(app), { timeout: 15_000 }).toBe(severity);
    const menu = (await app.tray())!.menu;
    expect(menu[0]).toMatchObject({ label: '1 line crossed', enabled: false });
    const alert = menu.find(({ id }) => id.startsWith('alert:'))!;
    expect(alert.label).toMatch(/^Memory above 0\.5.% since /);
    expect(alert.items.map(({ label }) => label)).toEqual(['Show', 'Acknowledge', 'Snooze']);
    expect(await labels(app)).toEqual(expect.arrayContaining(['Active alerts', ...always]));

    await app.choose(alert.id, 'Acknowledge');
    await expect
      .poll(async () => (await app.tray())!.menu.find(({ id }) => id === alert.id)?.items[1])
      .toMatchObject({ label: 'Acknowledged', enabled: false });

    await app.choose(alert.id, 'Show');
    await expect(await app.window('main')).toHaveURL(
      new RegExp(`#/alerts/${alert.id.slice('alert:'.length)}$`),
    );
  });
}

test('nothing known', async ({ app, desktop }) => {
  await app.changeSettings(({ sources }) => {
    for (const source of sources) source.enabled = false;
  });
  expect(await app.quit()).toBe(0);
  const again = await desktop.start();
  await expect.poll(() => labels(again).then(([first]) => first)).toBe('Nothing is known yet');
  expect(await trayState(again)).toBe('unknown');
  expect(await labels(again)).toEqual(expect.arrayContaining(always));
});

test('paused, from the menu and back', async ({ app }) => {
  await expect.poll(() => trayState(app)).toBe('ok');
  await app.choose('Pause announcements', '30 minutes');
  await expect.poll(() => trayState(app)).toBe('paused');
  const [first] = await labels(app);
  expect(first).toMatch(/^Paused until /);
  expect(await labels(app)).toEqual(expect.arrayContaining(['Resume announcements', ...always]));
  const { pausedUntil } = (await app.status()) as { pausedUntil?: number | null };
  expect(pausedUntil! - Date.now()).toBeGreaterThan(29 * 60_000);

  await app.choose('Resume announcements');
  await expect.poll(() => trayState(app)).toBe('ok');
});

test('a pause holds what is announced, and what still fires is announced at its end', async ({ app }) => {
  await app.choose('Pause announcements', '30 minutes');
  await expect.poll(() => trayState(app)).toBe('paused');
  await cross(app, 'warning');
  await app.statusWhen('fire', ({ alerts }) => alerts.length === 1);
  expect(await app.notifications()).toEqual([]);
  await app.choose('Resume announcements');
  await expect.poll(async () => (await app.notifications()).length).toBe(1);
});
