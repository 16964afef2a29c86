import { expect, test } from './door.ts';
import { crossedSettings } from './settings.ts';

test.use({ plimsoll: { settings: crossedSettings() } });

test('a destination says what became of the newest delivery, and a test what the other side says', async ({
  door,
}) => {
  const { page } = door;
  await door.statusWhen('fire', ({ alerts }) => alerts.length > 0);
  await door.enter('#/destinations');
  const card = page.getByRole('article').filter({ hasText: 'exports' });
  await expect(card).toContainText(/wrote memory_.*Delivered \d/s);
  await card.getByRole('link').click();
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('The test arrived')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`${door.directory}/exports`);
});

test('what went wrong is shown whole, with what was said, to be copied', async ({ door }) => {
  const { page } = door;
  const transcript = ['< 220 mail.example.org ESMTP', '> EHLO here', '< 550 No such user'];
  await page.route('**/api/v1/destinations/test', (route) =>
    route.fulfill({
      json: {
        arrived: false,
        said: '550 No such user here. Check the address.',
        transcript,
        durationMs: 812,
      },
    }),
  );
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await door.enter('#/destinations/exports');
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('The test did not arrive')).toBeVisible();
  await expect(page.getByText('550 No such user here. Check the address.')).toBeVisible();
  await expect(page.getByText('after 812 ms')).toBeVisible();
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(transcript.join('\n'));
});

test('a destination is added, switched off, deleted and brought back', async ({ door }) => {
  const { page } = door;
  const before = (await door.settings()).settings.destinations;
  await door.enter('#/destinations');
  await page.getByRole('link', { name: 'Add destination' }).click();
  await expect(page.getByRole('combobox', { name: 'Where should alerts go?' })).toBeFocused();
  await page.keyboard.type('file');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Name' }).fill('Second copy');
  await page.getByRole('textbox', { name: 'Directory' }).fill('copies');
  await page.getByRole('checkbox', { name: 'CSV' }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/#\/destinations\/Second%20copy$/);
  expect((await door.settings()).settings.destinations[1]).toMatchObject({
    directory: 'copies',
    formats: ['json'],
  });

  await page.getByRole('main').getByRole('link', { name: 'Destinations' }).click();
  const card = page.getByRole('article').filter({ hasText: 'Second copy' });
  await card.getByRole('switch').click();
  await expect(card).toContainText('Off');
  await card.getByRole('link').click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('article')).toHaveCount(1);
  expect((await door.settings()).settings.destinations).toEqual(before);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('article')).toHaveCount(2);
  expect((await door.settings()).settings.destinations[1]).toMatchObject({
    name: 'Second copy',
    enabled: false,
  });
});

test.describe('to a destination that can not be reached', () => {
  const settings = crossedSettings();
  const nowhere = { name: 'nowhere', kind: 'file', enabled: true, directory: '/dev/null/exports' };
  test.use({ plimsoll: { settings: { ...settings, destinations: [nowhere] } } });

  test('what was given up is counted, explained, and tried again by hand', async ({ door }) => {
    const { page } = door;
    await door.statusWhen('fire', ({ alerts }) => alerts.length > 0);
    await door.enter('#/destinations');
    const card = page.getByRole('article').filter({ hasText: 'nowhere' });
    await expect(card).toContainText('1 given up');
    await card.getByRole('link').click();
    await expect(page.getByText('Fails since')).toBeVisible();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('1 delivery is on its way again')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});
