import type { Page } from '@playwright/test';
import { expect, show, test } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { calmSettings } from './settings.ts';
import { violations } from './violations.ts';

test.use({ plimsoll: { settings: calmSettings() } });
// Each of them looks at several pages with axe.
test.beforeEach(() => test.slow());

const main = (page: Page) => page.getByRole('main');

test('a downtime is started at once, said everywhere, ended, and deleted with the way back', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/downtimes');
  await expect(page.getByRole('heading', { name: 'No downtimes planned' })).toBeVisible();
  expect.soft(await violations(page), 'none').toEqual([]);

  await main(page).getByRole('button', { name: 'Start a downtime for everything now' }).click();
  await page.getByRole('menuitem', { name: '1 hour' }).click();
  const row = main(page).getByRole('listitem').filter({ hasText: 'Started by hand' });
  await expect(row).toContainText('Active until');
  await expect(row).toContainText('Everything');
  await show(page, '#/overview');
  await expect(main(page).getByRole('heading', { level: 1 })).toContainText('In downtime until');
  await main(page)
    .getByRole('link', { name: /In downtime until .*: Started by hand/ })
    .click();
  await expect(main(page).getByRole('textbox', { name: 'Reason' })).toHaveValue('Started by hand');

  await show(page, '#/downtimes');
  await row.getByRole('button', { name: 'End Started by hand now' }).click();
  await expect(main(page).getByText('1 is over')).toBeVisible();
  await show(page, '#/overview');
  await expect(main(page).getByRole('heading', { level: 1 })).not.toContainText('downtime');

  await show(page, '#/downtimes');
  await main(page).getByRole('button', { name: 'Delete Started by hand' }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(row).toHaveCount(1);
});

test('one that recurs is planned by keyboard alone, with its next five times as it is written', async ({
  door,
}) => {
  const { page } = door;
  const { keyboard } = page;
  await door.enter('#/overview');
  await main(page).focus();
  await keyboard.press('g');
  await keyboard.press('t');
  await expect(page.getByRole('heading', { name: 'Downtimes', level: 1 })).toBeVisible();
  await main(page).getByRole('link', { name: 'New downtime' }).first().focus();
  await keyboard.press('Enter');

  await main(page).getByRole('textbox', { name: 'Reason' }).focus();
  await keyboard.type('Nightly backup');
  await main(page).getByRole('radio', { name: 'Once' }).focus();
  await keyboard.press('ArrowRight');
  await expect(main(page).getByRole('radio', { name: 'Every week' })).toBeChecked();
  await main(page).getByLabel('Begins at').fill('02:30');
  await main(page).getByLabel('Ends at').fill('04:00');
  const zone = main(page).getByRole('combobox', { name: 'Time zone' });
  await zone.fill('Mars/Olympus');
  await expect(main(page).getByRole('alert')).toContainText('There is no time zone Mars/Olympus');
  await zone.fill('Europe/Berlin');
  const times = main(page).getByRole('listitem').filter({ hasText: '1 h 30 min' });
  const berlin = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: 'Europe/Berlin', weekday: 'short', hour: '2-digit', minute: '2-digit' },
  } as const).formatToParts();
  const [weekday, hour, minute] = ['weekday', 'hour', 'minute'].map(
    (part) => berlin.find(({ type }) => type === part)?.value ?? '',
  );
  const clock = `${hour}:${minute}`;
  // One that is going on while this test runs stands before the next five.
  const isOn = clock >= '02:30' && clock < '04:00';
  await expect(times).toHaveCount(isOn ? 6 : 5);
  for (const day of ['Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']) {
    await main(page).getByRole('checkbox', { name: day }).focus();
    await keyboard.press('Space');
  }
  await expect(times.first()).toContainText('Mon');
  await expect(times).toHaveCount(isOn && weekday === 'Mon' ? 6 : 5);
  expect.soft(await violations(page), 'editor').toEqual([]);
  expect.soft(await smallTargets(page), 'editor').toEqual([]);

  await main(page).getByRole('textbox', { name: 'Reason' }).focus();
  await keyboard.press('Enter');
  const row = main(page).getByRole('listitem').filter({ hasText: 'Nightly backup' });
  await expect(row).toContainText('Mon, 02:30–04:00 (Europe/Berlin)');
  await expect(row).toContainText('Next:');
  expect.soft(await violations(page), 'list').toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect.soft(await violations(page), 'list, dark').toEqual([]);
  for (const width of [320, 900, 1400]) {
    await page.setViewportSize({ width, height: 800 });
    expect.soft(await pageOverflow(page), `list at ${width}`).toBe(0);
    expect.soft(await smallTargets(page), `list at ${width}`).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 800 });
  await row.getByRole('link').click();
  await expect(times).toHaveCount(isOn && weekday === 'Mon' ? 6 : 5);
  expect.soft(await pageOverflow(page), 'editor at 320').toBe(0);
  expect.soft(await violations(page), 'editor, dark').toEqual([]);
});

test('quiet hours are written in the settings and taken back there', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings/quiet-hours');
  const section = main(page).getByRole('region', { name: 'Quiet hours' });
  await section.getByRole('button', { name: 'Add quiet hours' }).click();
  await section.getByLabel('From').fill('21:30');
  await section.getByRole('switch', { name: 'Critical may break through' }).click();
  expect.soft(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect
    .poll(async () => (await door.settings()).settings.monitoring.quietHours)
    .toMatchObject([{ start: '21:30', end: '07:00', criticalBreaksThrough: false }]);
  await section.getByRole('button', { name: 'Remove quiet hours 1' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await door.settings()).settings.monitoring.quietHours).toBeUndefined();
});
