import { cross } from './crossing.ts';
import type { DesktopApp } from './desktop-app.ts';
import { expect, test } from './test.ts';

/** Has one alert announced; returns its id. */
async function announce(app: DesktopApp): Promise<string> {
  await cross(app);
  const { alerts } = await app.statusWhen('fire', (status) => status.alerts.length === 1);
  await expect.poll(async () => (await app.notifications()).length).toBe(1);
  return alerts[0]!.id;
}

test('an alert is announced; a click on it opens its card; its recovery takes it away', async ({ app }) => {
  const alertId = await announce(app);
  const [shown] = await app.notifications();
  expect(shown).toMatchObject({ isOpen: true });
  expect(`${shown!.title} ${shown!.body}`).toMatch(/Memory .*0\.5.%/s);

  await app.evaluate(() => globalThis.desktopRecorder.clickNotification(0));
  const page = await app.window('main');
  await expect(page).toHaveURL(new RegExp(`#/alerts/${alertId}$`));
  await expect(page.getByRole('article').getByRole('heading', { level: 2 })).toContainText(
    'Memory above 0.5',
  );
  expect(await app.isVisible('main')).toBe(true);

  await cross(app, 'calm');
  await app.statusWhen('recover', ({ alerts }) => alerts.length === 0);
  await expect.poll(async () => (await app.notifications())[0]!.isOpen).toBe(false);
});

test('its buttons acknowledge and snooze', async ({ app }) => {
  await announce(app);
  const [shown] = await app.notifications();
  expect(shown!.actions).toEqual(['Acknowledge', 'Snooze for 1 hour']);
  const first = async () =>
    (await app.status()).alerts[0] as { acknowledgedAt?: number | null; snoozedUntil?: number | null };
  await app.evaluate(() => globalThis.desktopRecorder.pressAction(0, 'Acknowledge'));
  await expect.poll(async () => (await first()).acknowledgedAt).toBeGreaterThan(0);
  await app.evaluate(() => globalThis.desktopRecorder.pressAction(0, 'Snooze for 1 hour'));
  await expect.poll(async () => (await first()).snoozedUntil).toBeGreaterThan(Date.now() + 59 * 60_000);
});
