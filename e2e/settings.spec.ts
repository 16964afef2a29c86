import type { Page } from '@playwright/test';
import { expect, test } from './door.ts';
import { pageOverflow } from './everywhere.ts';
import { intoClipboard, longestTask } from './longest-task.ts';
import { calmSettings } from './settings.ts';
import { answerSettings, predecessor } from './settings-answers.ts';

const bar = (page: Page) => page.getByRole('region', { name: 'Unsaved changes' });
const keep = (page: Page) => page.getByRole('textbox', { name: 'Keep samples' });
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search the settings' });

test('what is changed is in force at once, and what is wrong is not saved', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await door.enter('#/settings');
  await keep(page).fill('0');
  await expect(keep(page)).toHaveAttribute('aria-invalid', 'true');
  await bar(page).getByRole('button', { name: 'Save' }).click();
  await expect(bar(page)).toContainText('Nothing was saved');
  await keep(page).fill('48');
  await bar(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  await expect(bar(page)).toHaveCount(0);
  expect(door.readSettings()).toMatch(/rawRetentionHours: 48/);
});

test('settings that were edited by hand meanwhile are not overwritten, and the edit is not lost', async ({
  door,
}) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await door.enter('#/settings');
  await keep(page).fill('48');
  const byHand = door.readSettings().replace('intervalSeconds: 0.5', 'intervalSeconds: 0.7 # by hand');
  door.writeSettings(byHand);
  await expect
    .poll(async () => (await door.status()).sources[0]?.intervalSeconds, { timeout: 8000 })
    .toBe(0.7);
  await bar(page).getByRole('button', { name: 'Save' }).click();
  await expect(bar(page)).toContainText('The settings were changed elsewhere meanwhile');
  await expect(keep(page)).toHaveValue('48');
  expect(door.readSettings()).toBe(byHand);

  await bar(page).getByRole('button', { name: 'Take the other version' }).click();
  await expect(keep(page)).toHaveValue('168');
  await keep(page).fill('24');
  await bar(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  expect(door.readSettings()).toContain('intervalSeconds: 0.7 # by hand');
  expect((await door.settings()).settings.monitoring.rawRetentionHours).toBe(24);
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
  await answerSettings(page, { editable: false });
  await door.enter('#/settings');
  const { settings } = await door.settings();
  const main = page.getByRole('main');
  await expect(main.getByText('These settings can only be read')).toBeVisible();
  await expect(main.getByRole('textbox', { name: 'Keep samples' })).toBeDisabled();
  await expect(main.getByText('Choose a file')).toHaveCount(0);
  await expect(main.getByRole('button', { name: /Convert/ })).toHaveCount(0);

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

test('Save pressed fifty times writes once, and saving while it is saved loses nothing', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  let writes = 0;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/v1/settings', async (route) => {
    if (route.request().method() !== 'GET') {
      writes += 1;
      await held;
    }
    await route.fallback();
  });
  await keep(page).fill('48');
  const save = bar(page).getByRole('button', { name: 'Save' });
  await save.evaluate((button: HTMLButtonElement) => {
    for (let press = 0; press < 50; press += 1) button.click();
  });
  await expect.poll(() => writes).toBe(1);
  await expect(save).toBeDisabled();
  release();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  expect(writes).toBe(1);
  expect((await door.settings()).settings.monitoring.rawRetentionHours).toBe(48);
});

test('settings are found by title, description and key as they are typed', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  const sections = page.getByRole('main').getByRole('region');
  await expect(sections).toHaveCount(8);
  await page.keyboard.press('/');
  await expect(search(page)).toBeFocused();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.type('rawRetention');
  await expect(sections).toHaveCount(1);
  await expect(sections.getByRole('textbox')).toHaveCount(1);
  await expect(keep(page)).toBeVisible();
  await expect(page).toHaveURL(/#\/settings\?find=rawRetention/);

  await search(page).fill('ALERTS regardless');
  await expect(keep(page)).toBeVisible();
  const marked = await page.evaluate(() =>
    [...(CSS.highlights.get('found') ?? [])].map((range) => (range as Range).toString()),
  );
  expect(marked).toEqual(expect.arrayContaining(['Alerts', 'regardless']));

  await search(page).fill('quux');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await expect(sections).toHaveCount(0);
  await search(page).press('Escape');
  await expect(search(page)).toHaveValue('');
  await expect(sections).toHaveCount(8);
});

test("a predecessor's file says what became of it, and is converted", async ({ door }) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await answerSettings(page, {
    editable: false,
    translation: predecessor,
    location: '/etc/monitor/config.yaml',
    overrides: [
      { path: 'sources[0].intervalSeconds', origin: 'MONITOR_INTERVAL', value: 60 },
      { path: 'rules[1].threshold', origin: 'MONITOR_MEMORY_THRESHOLD', value: 85 },
    ],
    warnings: [{ path: 'monitoring.colour', message: 'This key is not known here.', line: 9, column: 3 }],
  });
  let written: string | null = null;
  await page.route('**/api/v1/settings/convert', (route) =>
    written === null
      ? route.fulfill({ status: 409, json: { error: { code: 'conflict', message: 'It is there already.' } } })
      : route.fulfill({ json: { location: written } }),
  );
  await door.enter('#/settings');
  const file = page.getByRole('region', { name: 'File' });
  await expect(file).toContainText('It is read as: Threshold monitor, config.yaml');
  await expect(file.getByText('The password stands in the file in clear')).toBeVisible();
  await expect(file).toContainText('email.password · line 52, column 13');
  await expect(file.getByText('Combinations of conditions')).toBeHidden();
  await file.getByText('Not supported').click();
  await expect(file.getByText('Combinations of conditions')).toBeVisible();
  await expect(file).toContainText(/MONITOR_INTERVAL\s*Interval of CPU: 1\smin/);
  await expect(file).toContainText(/MONITOR_MEMORY_THRESHOLD\s*Threshold of Memory too full: 85\s%/);
  await expect(file.getByText('This key is not known here.')).toBeVisible();

  await file.getByRole('button', { name: 'Convert to plimsoll.yaml' }).click();
  await expect(file.getByRole('alert')).toContainText('stands beside the file already');
  written = '/etc/the monitor/plimsoll.yaml';
  await file.getByRole('button', { name: 'Convert to plimsoll.yaml' }).click();
  const command = "plimsoll run --config '/etc/the monitor/plimsoll.yaml'";
  await expect(file.getByText(command)).toBeVisible();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await file.getByRole('button', { name: 'Copy' }).click();
  await expect(file.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command);

  await page.evaluate(() => void (location.hash = '#/rules/memory-high'));
  await expect(page.getByRole('main')).toContainText('This is a predecessor’s file and is only read');
  await expect(page.getByRole('button', { name: 'Convert to plimsoll.yaml' })).toBeVisible();
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE', plimsoll: { settings: calmSettings() } });

  test('numbers are read the way they are written there, and what is no number says so', async ({ door }) => {
    const { page } = door;
    await door.enter('#/settings');
    const field = page.getByRole('textbox', { name: 'Kürzester Abstand' });
    for (const typed of ['-', '80.5.1', '１２', '1e9', '', '   ']) {
      await field.fill(typed);
      await expect(field, typed).toHaveAttribute('aria-invalid', 'true');
      await expect(field, typed).toHaveValue(typed);
    }
    await field.fill('80,5');
    await expect(field).toHaveAttribute('aria-invalid', 'false');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await expect
      .poll(async () => (await door.settings()).settings.monitoring.checkIntervalSeconds)
      .toBe(80.5);
  });
});

test('a megabyte pasted into any field is cut and holds nothing up', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings');
  await intoClipboard(page, '7 '.repeat(524_288));
  for (const more of await page.getByRole('main').locator('details:not([open]) > summary').all())
    await more.click();
  for (const field of await page
    .getByRole('main')
    .locator('input:not([type=radio], [type=checkbox], [type=file], :disabled)')
    .all()) {
    const paste = async (): Promise<void> => {
      await field.focus();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.press('ControlOrMeta+v');
    };
    const name = await field.evaluate(
      (input: HTMLInputElement) => input.ariaLabel ?? input.labels?.[0]?.textContent,
    );
    expect.soft(await longestTask(page, paste), String(name)).toBeLessThan(100);
    // An address may be longer than a name, and the path of a file longer still.
    const longest = String(name).startsWith('TLS') ? 5000 : 300;
    expect.soft((await field.inputValue()).length, String(name)).toBeLessThanOrEqual(longest);
    await field.fill('');
  }
  await page.reload();
});

test('every part is reached in a window of 320 by 256 pixels, which is 400 % zoom', async ({ door }) => {
  const { page } = door;
  await page.setViewportSize({ width: 320, height: 256 });
  await door.enter('#/settings');
  await keep(page).fill('48');
  expect(await pageOverflow(page)).toBe(0);
  const save = bar(page).getByRole('button', { name: 'Save' });
  // Wherever Tab leads, what has the focus is seen whole: nothing lies over it.
  await search(page).focus();
  for (let presses = 0; presses < 16; presses += 1) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      if (
        !(focused instanceof HTMLElement) ||
        !focused.matches('main input:not(.unseen, [type=radio]), main button')
      )
        return null;
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return at !== null && (focused.contains(at) || at.contains(focused)) ? null : focused.outerHTML;
    });
    expect(hidden).toBeNull();
  }
  await save.click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
});
