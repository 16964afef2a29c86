import type { Page } from '@playwright/test';
import { stringify } from 'yaml';
import { expect, test } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { intoClipboard, longestTask } from './longest-task.ts';
import { memoryRule } from './settings.ts';
import { answerSettings, difference } from './settings-answers.ts';
import { violations } from './violations.ts';

const section = (page: Page) => page.getByRole('main').getByRole('region', { name: 'Import' });
const choose = (page: Page, text: string | Buffer, name = 'other.yaml') =>
  page.locator('input[type=file]').setInputFiles({
    name,
    mimeType: 'application/yaml',
    buffer: typeof text === 'string' ? Buffer.from(text) : text,
  });

/** One source as it is, its rule with another limit, and a destination that is new, and so arrives disabled. */
const other = stringify({
  version: 1,
  sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 0.5 }],
  rules: [memoryRule({ threshold: 85 })],
  destinations: [{ name: 'archive', kind: 'file', directory: 'archive' }],
});

test('what a file would change is shown first; cancelled, nothing changes; imported, all of it does', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/settings');
  const before = door.readSettings();
  await choose(page, other);
  const preview = section(page).getByRole('region', { name: 'What “other.yaml” would change' });
  await expect(preview).toContainText('1 added · 1 changed');
  await expect(preview.getByRole('group', { name: 'Rules' })).toContainText(
    /Memory too full\s*threshold\s*Before:99\.9\s*→\s*After:85/,
  );
  const destination = preview.getByRole('group', { name: 'Destinations' });
  await expect(destination).toContainText('arrives switched off');
  await expect(destination.getByText('directory')).toBeHidden();
  await destination.getByText('archive').first().click();
  await expect(destination.getByText('directory')).toBeVisible();

  await preview.getByRole('button', { name: 'Cancel' }).click();
  await expect(preview).toHaveCount(0);
  expect(door.readSettings()).toBe(before);

  await choose(page, other);
  await preview.getByRole('button', { name: 'Import' }).click();
  await expect(
    section(page).getByRole('status').filter({ hasText: '2 entries were imported.' }),
  ).toContainText('1 of them arrived switched off');
  await expect(section(page).getByRole('link', { name: 'archive' })).toHaveAttribute(
    'href',
    '#/destinations/archive',
  );
  const { settings } = await door.settings();
  expect(settings.rules.map(({ threshold }) => threshold)).toEqual([100, 85, 100]);
  expect(settings.destinations).toMatchObject([
    { name: 'exports', enabled: true },
    { name: 'archive', enabled: false },
  ]);

  await choose(page, other);
  await expect(section(page)).toContainText('Nothing would change');
  await expect(section(page).getByRole('button', { name: 'Import' })).toBeDisabled();
});

test('settings that moved on are compared again before anything is imported', async ({ door }) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await door.enter('#/settings');
  await choose(page, other);
  const apply = section(page).getByRole('button', { name: 'Import' });
  await expect(apply).toBeEnabled();
  await door.changeSettings(({ rules }) => void Object.assign(rules[1] ?? {}, { threshold: 70 }));
  await apply.click();
  await expect(section(page)).toContainText('The settings were changed elsewhere meanwhile');
  await expect(section(page)).toContainText(/Before:70\s*→\s*After:85/);
  expect((await door.settings()).settings.rules[1]?.threshold).toBe(70);
  await apply.click();
  await expect(section(page)).toContainText('2 entries were imported.');
  expect((await door.settings()).settings.rules[1]?.threshold).toBe(85);
});

test('what is wrong with a file is listed with its place', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await door.enter('#/settings');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/import')) asked.push(request.url());
  });
  await choose(page, other.replace('greater_than', 'greater_then'));
  const alert = section(page).getByRole('alert');
  await expect(alert).toContainText('“other.yaml” cannot be imported');
  await expect(alert).toContainText(/rules\[0\]\.comparison\s*·\s*line \d+, column \d+/);
  expect(asked).toHaveLength(1);

  await choose(page, Buffer.alloc(1024 * 1024 + 1, 'a'), 'holiday.mov');
  await expect(alert).toContainText('“holiday.mov” is larger than 1 MiB');
  await choose(page, ' \n', 'nothing.yaml');
  await expect(alert).toContainText('“nothing.yaml” is empty.');
  expect(asked).toHaveLength(1);
  await choose(page, other);
  await expect(alert).toHaveCount(0);
  await expect(section(page).getByRole('button', { name: 'Import' })).toBeEnabled();
});

test('a text is pasted or dropped as well, and a megabyte of it holds nothing up', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await door.enter('#/settings');
  const field = section(page).getByRole('textbox', { name: 'Or paste its text' });
  await intoClipboard(page, other);
  await field.press('ControlOrMeta+v');
  await section(page).getByRole('button', { name: 'Show what would change' }).click();
  await expect(section(page)).toContainText('What “Pasted text” would change');
  await section(page).getByRole('button', { name: 'Cancel' }).click();

  await page.route('**/api/v1/settings/import', (route) => route.fulfill({ json: difference }));
  await intoClipboard(page, 'a: 1\n'.repeat(200_000));
  const paste = async (): Promise<void> => {
    await field.press('ControlOrMeta+v');
    await expect(section(page)).toContainText('3 added');
    await section(page).getByRole('button', { name: 'Cancel' }).click();
  };
  expect(await longestTask(page, paste)).toBeLessThan(100);
  await expect(field).toHaveValue('');

  await section(page)
    .getByRole('group', { name: 'Choose a file' })
    .evaluate((place, text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'dropped.yaml'));
      place.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    }, other);
  await expect(section(page)).toContainText('What “dropped.yaml” would change');
});

test('the settings are downloaded, or shown to be copied, without a secret in them', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  const exporting = page.getByRole('main').getByRole('region', { name: 'Export', exact: true });
  await expect(exporting).toContainText('Secrets are not in it');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    exporting.getByRole('button', { name: 'Download plimsoll.yaml' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('plimsoll.yaml');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  expect(text).toContain('name: Memory too full');

  await exporting.getByRole('button', { name: 'Show the text' }).click();
  await expect(exporting.getByRole('region', { name: 'Text of plimsoll.yaml' })).toContainText(
    'Memory too full',
  );
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await exporting.getByRole('button', { name: 'Copy' }).click();
  await expect(exporting.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  // Brought in again it changes nothing.
  await choose(page, text);
  await expect(section(page)).toContainText('Nothing would change');
});

for (const locale of ['en-GB', 'de-DE']) {
  test.describe(locale, () => {
    test.use({ locale });

    test('axe finds nothing while a difference is looked at, and it fits', async ({ door }) => {
      const { page } = door;
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.route('**/api/v1/settings/import', (route) => route.fulfill({ json: difference }));
      await answerSettings(page, { translation: difference.translation });
      await door.enter('#/settings');
      await choose(page, 'a: 1');
      const preview = page.getByRole('main').getByText(/other\.yaml/);
      await expect(preview).toBeVisible();
      await page
        .getByRole('main')
        .locator('details')
        .evaluateAll((all: HTMLDetailsElement[]) => {
          for (const one of all) one.open = true;
        });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await violations(page), colorScheme).toEqual([]);
      }
      expect.soft(await smallTargets(page)).toEqual([]);
      for (const [width, height] of [
        [900, 800],
        [320, 800],
        [320, 256],
      ] as const) {
        await page.setViewportSize({ width, height });
        expect.soft(await pageOverflow(page), `${width} × ${height}`).toBe(0);
      }
      await page.evaluate(() => void (document.documentElement.style.fontSize = '200%'));
      await page.setViewportSize({ width: 640, height: 800 });
      expect.soft(await pageOverflow(page), '200 %').toBe(0);
      await expect(page.getByRole('button', { name: /^(Cancel|Abbrechen)$/ })).toBeVisible();
    });
  });
}
