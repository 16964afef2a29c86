import type { Page } from '@playwright/test';
import type { Backtest } from '../src-main/contract/backtest.ts';
import type { Rule } from '../src-main/contract/rule.ts';
import { expect, show, test } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { record } from './recorded.ts';
import { calmSettings, memoryRule } from './settings.ts';
import type { Wanted } from './settings.ts';
import { violations } from './violations.ts';

/** Sampled seldom, so that little but what is made up is in the history. */
function backtestSettings(): Wanted {
  const kinds = ['memory', 'mounts', 'disk'];
  return calmSettings({
    sources: kinds.map((kind) => ({ name: kind, kind, intervalSeconds: 15, enabled: kind !== 'disk' })),
    rules: [
      memoryRule({ threshold: 1000 }),
      memoryRule({
        id: 'any-mount',
        name: 'A mount too full',
        source: 'mounts',
        metric: 'mount_percent',
        threshold: 80,
        labels: { mount: '*' },
      }),
      memoryRule({ id: 'disk-high', name: 'Disk too full', source: 'disk', metric: 'disk_percent' }),
    ],
  });
}

test.use({ plimsoll: { settings: backtestSettings() } });

const side = (page: Page) => page.getByRole('region', { name: 'When it would have fired' });
const verdict = (page: Page) => side(page).getByRole('status').first();
const threshold = (page: Page) => page.getByRole('textbox', { name: 'Threshold', exact: true });

/** Half a day: memory crosses 500 four times, three of them for a minute, and one of two mounts crosses 80 twice. */
async function halfADay(door: Door): Promise<void> {
  await door.stop();
  const peak = (ago: number, from: number, minutes: number): boolean => ago <= from && ago > from - minutes;
  await record(
    door.dataDirectory,
    [
      {
        source: 'memory',
        metric: 'memory_percent',
        valueAt: (ago) =>
          peak(ago, 600, 20) || [500, 400, 300].some((from) => peak(ago, from, 1)) ? 600 : 400 + (ago % 7),
      },
      ...['/a', '/b'].map((mount) => ({
        source: 'mounts',
        metric: 'mount_percent',
        labels: { mount },
        valueAt: (ago: number) => (mount === '/b' && (peak(ago, 600, 9) || peak(ago, 300, 9)) ? 90 : 30),
      })),
    ],
    { hours: 12, everyMs: 15_000 },
  );
  await door.restart();
}

test('a rule says when it would have fired, and takes over what would fire less', async ({ door }) => {
  const { page } = door;
  await halfADay(door);
  await door.enter('#/rules/memory-high');
  await expect(verdict(page)).toContainText('It would not have fired since ');

  const asked: { rule: Partial<Rule> }[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/rules/backtest')) asked.push(request.postDataJSON() as { rule: Rule });
  });
  await threshold(page).focus();
  await threshold(page).evaluate((field: HTMLInputElement) => {
    for (const typed of ['5', '50', '500']) {
      field.value = typed;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
  await expect(verdict(page)).toContainText('It would have fired 4 times since ');
  await expect(verdict(page)).toContainText(', 3 of them under 2 minutes.');
  // What is typed on the way is not asked, and neither is what does not decide when it fires.
  await page.getByRole('textbox', { name: 'Name' }).fill('Another name');
  await expect(side(page).getByText('would have fired', { exact: true })).toBeVisible();
  expect(asked.map(({ rule }) => rule.threshold)).toEqual([500]);

  // A busy machine has no time to try all of them; each leaves the one that is no peak of a minute.
  await expect(
    side(page)
      .getByText(/^With “for \d+.min”: once\.$/)
      .first(),
  ).toBeVisible();
  await page
    .getByRole('button', { name: /^Use “for \d+.min”$/ })
    .first()
    .click();
  await expect(verdict(page)).toContainText('It would have fired once since ');
  const minutes = await page.getByRole('textbox', { name: 'For', exact: true }).inputValue();
  expect(minutes).toMatch(/^\d+ min$/);
  const held = 60 * Number.parseInt(minutes, 10);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect
    .poll(async () => (await door.settings()).settings.rules[0])
    .toMatchObject({ threshold: 500, forSeconds: held });

  // The keyboard moves the line, and with it what would have been.
  await page.getByRole('slider', { name: 'Threshold' }).press('End');
  await expect(verdict(page)).toContainText('It would not have fired since ');
  await page.getByRole('combobox', { name: 'How often it should fire' }).selectOption('once a day');
  await page.getByRole('button', { name: 'Suggest' }).click();
  await page.getByRole('button', { name: /^Use [\d.]+.%$/ }).click();
  await expect(threshold(page)).not.toHaveValue('500');
  await page.reload();
});

test('of several series the worst is shown, and another one where it is asked for', async ({ door }) => {
  const { page } = door;
  await halfADay(door);
  await page.route('**/api/v1/rules/backtest', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({
      response: answer,
      json: { ...((await answer.json()) as Backtest), seriesLeftOut: 7 },
    });
  });
  await door.enter('#/rules/any-mount');
  await expect(verdict(page)).toContainText('It would have fired twice since ');
  await expect(page.getByText('7 more series are judged, but were not looked at.')).toBeVisible();
  const series = page.getByRole('combobox', { name: 'Series that is shown' });
  await expect(series.getByRole('option', { selected: true })).toHaveText('/b · twice');
  await expect(side(page).getByText('would have fired', { exact: true })).toBeVisible();
  await series.selectOption('/a · never');
  await expect(page.getByRole('heading', { name: /^Mounts \/a, the last/ })).toBeVisible();
  await expect(side(page).getByText('would have fired', { exact: true })).toHaveCount(0);
  await page.getByRole('radio', { name: 'Day' }).check();
  await expect(page.getByRole('heading', { name: /^Mounts \/a, the last 1[12] hours/ })).toBeVisible();

  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect.soft(await violations(page)).toEqual([]);
  expect.soft(await smallTargets(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await pageOverflow(page)).toBe(0);
});

test('no history, and one that cannot be read, are said in words', async ({ door }) => {
  door.tolerate(/status of 503/);
  const { page } = door;
  await door.enter('#/rules/disk-high');
  await expect(verdict(page)).toHaveText('There is no history of it yet');
  const down = { error: { code: 'stage_down', message: 'history is down' } };
  await page.route('**/api/v1/rules/backtest', (route) => route.fulfill({ status: 503, json: down }));
  await show(page, '#/rules/memory-high');
  await expect(page.getByText('It could not be replayed')).toBeVisible();
  await page.unroute('**/api/v1/rules/backtest');
  await page.getByRole('main').getByRole('button', { name: 'Try again' }).click();
  await expect(verdict(page)).toContainText('It would not have fired since ');
});
