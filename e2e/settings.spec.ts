import { expect, test } from './door.ts';

test('an interval that is changed is in force at once, and a wrong one is not saved', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await door.enter('#/settings');
  const sources = page.getByRole('region', { name: 'Sources' });
  const memory = sources.getByRole('listitem').filter({ hasText: 'Memory' });
  await expect(memory).toContainText(/sampled \d+\ss ago/);
  await memory.locator('summary').click();
  const interval = memory.getByRole('textbox', { name: 'Interval' });
  const bar = page.getByRole('region', { name: 'Unsaved changes' });

  await interval.fill('0');
  await expect(interval).toHaveAttribute('aria-invalid', 'true');
  await bar.getByRole('button', { name: 'Save' }).click();
  await expect(bar).toContainText('Nothing was saved');
  expect((await door.status()).sources[1]?.intervalSeconds).toBe(0.5);

  await interval.fill('3');
  await bar.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  await expect(bar).toHaveCount(0);
  await expect(memory).toContainText(/every 3\ss/);
  expect((await door.status()).sources[1]).toMatchObject({ source: 'memory', intervalSeconds: 3 });
  expect(door.readSettings()).toMatch(/kind: memory\n +intervalSeconds: 3\n/);
});

test('settings that were edited by hand meanwhile are not overwritten, and the edit is not lost', async ({
  door,
}) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await door.enter('#/settings');
  const keep = page.getByRole('textbox', { name: 'Keep samples' });
  await keep.fill('48');
  const byHand = door.readSettings().replace('intervalSeconds: 0.5', 'intervalSeconds: 0.7 # by hand');
  door.writeSettings(byHand);
  const bar = page.getByRole('region', { name: 'Unsaved changes' });
  await expect
    .poll(async () => (await door.status()).sources[0]?.intervalSeconds, { timeout: 8000 })
    .toBe(0.7);
  await bar.getByRole('button', { name: 'Save' }).click();
  await expect(bar).toContainText('The settings were changed elsewhere meanwhile');
  await expect(keep).toHaveValue('48');
  expect(door.readSettings()).toBe(byHand);

  await bar.getByRole('button', { name: 'Take the other version' }).click();
  await expect(keep).toHaveValue('168');
  await keep.fill('24');
  await bar.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  expect(door.readSettings()).toContain('intervalSeconds: 0.7 # by hand');
  expect((await door.settings()).settings.monitoring.rawRetentionHours).toBe(24);
});

test('a source is added, switched off and removed', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  const sources = page.getByRole('region', { name: 'Sources' });
  const save = page.getByRole('region', { name: 'Unsaved changes' }).getByRole('button', { name: 'Save' });
  await sources.getByRole('button', { name: 'Add: Disk' }).click();
  const added = sources.getByRole('listitem').nth(4);
  await added.getByRole('textbox', { name: 'Name' }).fill('Root volume');
  await added.getByRole('textbox', { name: 'Path' }).fill('/');
  await save.click();
  await expect(added).toContainText(/sampled \d+\ss ago/);

  await added.getByRole('switch', { name: 'Enabled' }).click();
  await save.click();
  await expect(added).toContainText('Off');
  await expect.poll(async () => (await door.status()).sources[4]).toMatchObject({ enabled: false });

  await added.getByRole('button', { name: 'Remove source' }).click();
  await save.click();
  await expect(sources.getByRole('listitem')).toHaveCount(4);
  await expect.poll(async () => (await door.status()).sources.length).toBe(4);
});

test('colours and language are chosen, and stay chosen', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  const paper = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).getPropertyValue('background-color'));
  await page.getByText('Light', { exact: true }).click();
  const light = await paper();
  await page.getByText('Dark', { exact: true }).click();
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  expect(await paper()).not.toBe(light);

  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  expect(await paper()).not.toBe(light);
  await page.getByRole('link', { name: 'Übersicht' }).click();
  await expect(page.getByRole('heading', { name: 'Alles unter der Linie' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Pegel' })).toContainText(/\d,\d\s%/);
});

test('where the settings live is said', async ({ door }) => {
  await door.enter('#/settings');
  const file = door.page.getByRole('region', { name: 'File' });
  await expect(file.getByText(`${door.directory}/plimsoll.yaml`)).toBeVisible();
});

test('settings that can only be read say so, and nothing can be changed', async ({ door }) => {
  const { page } = door;
  // No settings of this door are read-only yet: the answer is changed on its way.
  await page.route('**/api/v1/settings', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), editable: false } });
  });
  await door.enter('#/settings');
  const { settings } = await door.settings();
  const main = page.getByRole('main');
  await expect(main.getByText('These settings can only be read')).toBeVisible();
  await main.getByRole('region', { name: 'Sources' }).locator('summary').first().click();
  await expect(main.getByRole('textbox', { name: 'Interval' }).first()).toBeDisabled();
  await expect(main.getByRole('button', { name: /^Add/ })).toHaveCount(0);

  await page.getByRole('link', { name: 'Rules' }).click();
  await expect(main.getByRole('switch').first()).toBeDisabled();
  await expect(main.getByRole('link', { name: 'New rule' })).toHaveCount(0);
  await main.getByRole('link', { name: 'Memory too full' }).click();
  await expect(main.getByText('These settings can only be read')).toBeVisible();
  await expect(main.getByRole('textbox', { name: 'Threshold' })).toBeDisabled();
  await expect(main.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(main.getByRole('slider')).toHaveCount(0);
  expect((await door.settings()).settings).toEqual(settings);
});
