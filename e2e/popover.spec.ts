import AxeBuilder from '@axe-core/playwright';
import { expect, show, test } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { crossedSettings } from './settings.ts';

test.use({ plimsoll: { settings: crossedSettings() }, viewport: { width: 360, height: 520 } });

test.beforeEach(async ({ door }) => {
  await door.page.emulateMedia({ reducedMotion: 'reduce' });
  await door.enter('#/popover');
  await expect(door.page.getByRole('heading', { name: '1 line crossed', level: 1 })).toBeVisible();
});

test('what fires is acknowledged, snoozed and explained in it', async ({ door }) => {
  const { page } = door;
  const card = page.getByRole('article', { name: 'Memory too full' });
  await card.getByRole('button', { name: 'Acknowledge' }).click();
  await expect(card).toContainText(/Acknowledged/);
  await card.getByRole('button', { name: 'Snooze' }).press('Enter');
  await expect(page.getByRole('menuitem', { name: '15 minutes' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(card).toContainText(/Snoozed until/);
  const [alert] = (await door.status()).alerts;
  expect(alert!.acknowledgedAt).toBeGreaterThan(0);
  expect(alert!.snoozedUntil! - Date.now()).toBeGreaterThan(59 * 60_000);
  await card.getByRole('button', { name: 'Why?' }).click();
  await expect(page).toHaveURL(new RegExp(`#/alerts/${alert!.id}$`));
});

test('what fires stands above the levels, however many there are', async ({ door }) => {
  const { page } = door;
  const top = async (name: string): Promise<number> =>
    (await page.getByRole(name === 'Levels' ? 'list' : 'region', { name }).boundingBox())!.y;
  expect(await top('Needs attention')).toBeLessThan(await top('Levels'));
});

test('a state is read whole, where a number has its place and its level', async ({ door }) => {
  const { page } = door;
  const nas = { name: 'nas', kind: 'tcp', enabled: true, intervalSeconds: 0.5 };
  await door.changeSettings(
    ({ sources }) => void sources.push(Object.assign(nas, { host: '127.0.0.1', port: 9 })),
  );
  const value = page.getByRole('button', { name: /^nas, not reachable/ }).getByText('not reachable');
  await expect(value).toBeVisible({ timeout: 15_000 });
  const { x, width } = (await value.boundingBox())!;
  expect(x + width).toBeLessThanOrEqual(360);
  expect(await value.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
});

test('a pause is said, with its mark in the tab, and ends when it is told to', async ({ door }) => {
  const { page } = door;
  const choose = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Pause announcements' }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await choose('1 hour');
  await expect(page.getByRole('heading', { name: /^Paused until .+ · 1 line crossed$/ })).toBeVisible();
  await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', './marks/paused.svg');
  await choose('Resume');
  await expect(page.getByRole('heading', { name: '1 line crossed', level: 1 })).toBeVisible();
  expect((await door.status()).pausedUntil).toBeNull();
});

test('a line is moved in its place, and Escape closes what is open', async ({ door }) => {
  const { page } = door;
  await page.getByRole('button', { name: /^Memory/ }).click();
  await page.getByRole('slider', { name: 'Threshold' }).press('End');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(
      async () => (await door.settings()).settings.rules.find(({ id }) => id === 'memory-high')?.threshold,
    )
    .toBe(100);
  await page.getByRole('button', { name: 'Edit rule' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Memory too full');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('slider')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('slider')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in it, ${colorScheme}`, async ({ door }) => {
    const { page } = door;
    await page.emulateMedia({ colorScheme });
    const look = async (where: string): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      expect
        .soft(
          violations.map(({ id }) => id),
          where,
        )
        .toEqual([]);
      expect.soft(await smallTargets(page), where).toEqual([]);
      expect.soft(await pageOverflow(page), where).toBe(0);
    };
    await look('levels');
    await page.getByRole('button', { name: 'Snooze' }).click();
    await look('menu');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Memory/ }).click();
    await expect(page.getByRole('slider')).toBeVisible();
    await look('opened level');
    await page.getByRole('button', { name: 'Sources, rules, destinations' }).click();
    await page.locator('summary').first().click();
    await look('settings');
    await page.getByRole('button', { name: 'Processor too busy' }).click();
    await look('rule');
  });
}

test('a and s answer from the keyboard in the list of alerts', async ({ door }) => {
  const { page } = door;
  await show(page, '#/alerts');
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1);
  for (const key of ['j', 'a', 's']) await page.keyboard.press(key);
  await expect(page.getByRole('main').getByRole('listitem')).toContainText(/Acknowledged .+ · Snoozed until/);
});
