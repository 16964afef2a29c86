import type { Page } from '@playwright/test';
import { expect, test } from './door.ts';
import { crossedSettings } from './settings.ts';

test.use({ plimsoll: { settings: crossedSettings() } });

const title = (page: Page) => page.getByRole('heading', { level: 1 });
/** Whether what has the focus is drawn so: itself, a part of it, or the card or row that it stands for. */
const focusIsVisible = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const focused = document.activeElement;
    if (focused === null || focused === document.body) return false;
    const around = focused.closest('article, li, label');
    return [focused, ...focused.children, focused.parentElement, around].some((element) => {
      if (element === null) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
    });
  });

test('g and a letter lead to each view', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  for (const [letter, name] of [
    ['o', '1 line crossed'],
    ['a', 'Alerts'],
    ['r', 'Rules'],
    ['u', 'Sources'],
    ['d', 'Destinations'],
    ['s', 'Settings'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await expect(title(page)).toHaveText(name);
  }
  await page.goBack();
  await expect(title(page)).toHaveText('Destinations');
});

test('the palette opens with / and Ctrl K, finds everything by name, and gives the focus back', async ({
  door,
}) => {
  const { page } = door;
  await door.enter();
  const link = page.getByRole('link', { name: 'Rules' });
  await link.focus();
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Search and commands' });
  await expect(field).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
  await expect(link).toBeFocused();

  await page.keyboard.press('ControlOrMeta+k');
  await expect(field).toBeFocused();
  await page.keyboard.type('disk too');
  await expect(page.getByRole('option')).toHaveCount(1);
  await expect(page.getByRole('option', { selected: true })).toContainText('Disk too full');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Disk too full');

  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('no such thing');
  await expect(page.getByText('Nothing is called “no such thing”.')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('settings');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Settings');
});

test('? shows the keys, Escape closes them, and the focus is where it was', async ({ door }) => {
  const { page } = door;
  await door.enter();
  const link = page.getByRole('link', { name: /^Alerts/ });
  await link.focus();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(help).toBeVisible();
  await expect(help.getByRole('button', { name: 'Close' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
  await expect(link).toBeFocused();
});

test('j and k walk a list, Enter opens', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules');
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(3);
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: 'Processor too busy' })).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(page.getByRole('link', { name: 'Memory too full' })).toBeFocused();
  expect(await focusIsVisible(page)).toBe(true);
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Memory too full');

  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page.getByRole('region', { name: 'Alerts' }).getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('article', { name: 'Memory too full' })).toBeVisible();
});

test('letters typed into a field stay letters', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules/disk-high');
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('');
  await name.pressSequentially('g o / ? j k');
  await expect(name).toHaveValue('g o / ? j k');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the first Tab offers to skip to the content', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules');
  await page.reload();
  await expect(title(page)).toHaveText('Rules');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'New rule' })).toBeFocused();
});

test('the focus can be seen wherever Tab leads', async ({ door }) => {
  const { page } = door;
  await door.enter();
  for (const view of [
    'overview',
    'alerts',
    'rules',
    'rules/memory-high',
    'sources',
    'sources/memory',
    'destinations',
    'settings',
  ]) {
    await page.evaluate((hash) => void (location.hash = hash), `#/${view}`);
    await expect(title(page)).toBeVisible();
    await page.getByRole('main').focus();
    const unseen: string[] = [];
    let first: string | null = null;
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const where = await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === null || document.querySelector('main')?.contains(focused) !== true) return null;
        return `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent.trim()}`;
      });
      if (where === null || where === first) break;
      first ??= where;
      if (!(await focusIsVisible(page))) unseen.push(where);
    }
    expect(first, `something in ${view} can be focused`).not.toBeNull();
    expect(unseen, view).toEqual([]);
  }
});

test('what was done with a key leaves the focus where the work goes on', async ({ door }) => {
  const { page } = door;
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim() ?? '');
  await door.enter('#/sources/disk');
  const sample = page.getByRole('button', { name: 'Sample now' });
  await sample.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Sample again' })).toBeVisible();
  expect(await focused()).toBe('Sample again');

  // A rule that is saved has another address: the form is made anew, and its title has the focus.
  await page.goto(`${door.address}/#/rules/new?source=disk&metric=disk_percent&threshold=99.9`);
  await page.getByRole('button', { name: 'Save' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Delete' })).toBeVisible();
  await expect(title(page)).toBeFocused();

  await page.getByRole('button', { name: 'Delete' }).focus();
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Rules');
  await expect(title(page)).toBeFocused();
  const rows = page.getByRole('main').getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await page.keyboard.press('u');
  await expect(rows).toHaveCount(4);
  await expect(page.getByRole('button', { name: /^Undo/ })).toHaveCount(0);
  await page.keyboard.press('u');
  await expect(rows).toHaveCount(4);

  // What was acknowledged has no button for it any more: the one beside it is next.
  await page.goto(`${door.address}/#/overview`);
  await page.getByRole('button', { name: 'Acknowledge' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0);
  expect(await page.evaluate(() => document.activeElement?.closest('article')?.ariaLabel)).toBe(
    'Memory too full',
  );
});
