import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, show, test } from './door.ts';
import { calmSettings } from './settings.ts';
import { pageOverflow } from './everywhere.ts';
import { violations } from './violations.ts';

const mail = { host: '127.0.0.1', port: 2525, from: 'p@example.org', to: ['o@example.org'] };
const calm = calmSettings();
const destinations = [...calm.destinations, { name: 'mail', kind: 'email', ...mail }];
test.use({ plimsoll: { settings: { ...calm, destinations } } });
test.beforeEach(() => test.slow());

/** Pictures to look at, where somebody asked for them. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PLIMSOLL_PICTURES'];
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [320, 900, 1400]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    }
  await page.setViewportSize({ width: 1280, height: 720 });
}

test('tags are typed, pasted and removed by keyboard, and are those that are saved', async ({ door }) => {
  const { page } = door;
  const { keyboard } = page;
  await door.enter('#/destinations/mail');
  await page.getByText('Choose', { exact: true }).click();
  const field = page.getByRole('textbox', { name: 'Tags, add one' });
  await field.focus();
  await keyboard.type('production,');
  await keyboard.type('!lab');
  await keyboard.press('Enter');
  await keyboard.type('production');
  await keyboard.press('Enter');
  await field.fill('');
  await keyboard.type('one');
  await keyboard.press('Enter');
  const chips = page.getByRole('list', { name: 'Tags' }).getByRole('listitem');
  await expect(chips).toHaveText(['production', '!lab', 'one']);
  await expect(page.getByText('Added: one')).toBeAttached();
  await picture(page, 'tags');
  expect.soft(await violations(page), 'chips').toEqual([]);
  await page.setViewportSize({ width: 320, height: 800 });
  expect(await pageOverflow(page)).toBe(0);
  await page.setViewportSize({ width: 1280, height: 720 });

  await field.focus();
  await keyboard.press('Backspace');
  await expect(chips).toHaveText(['production', '!lab']);
  await page.getByRole('button', { name: 'Remove !lab' }).focus();
  await keyboard.press('ArrowLeft');
  await expect(page.getByRole('button', { name: 'Remove production' })).toBeFocused();
  await keyboard.press('Delete');
  await expect(chips).toHaveText(['!lab']);
  await expect(page.getByRole('button', { name: 'Remove !lab' })).toBeFocused();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(
      async () => (await door.settings()).settings.destinations.find(({ name }) => name === 'mail')?.route,
    )
    .toEqual({ tags: ['!lab'] });
});

test('reports are sent to a destination that takes them', async ({ door }) => {
  const { page } = door;
  await door.enter('#/reports');
  const choice = page.getByRole('combobox', { name: 'Send to' });
  await expect(choice.getByRole('option')).toContainText(['mail']);
  await choice.selectOption('mail');
  await picture(page, 'reports');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await door.settings()).settings.reports?.sendTo).toBe('mail');
  await show(page, '#/settings');
  await expect(page.getByRole('switch', { name: 'Alert on destinations' })).toBeChecked();
  await picture(page, 'settings');
});
