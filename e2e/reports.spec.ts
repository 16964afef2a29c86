import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import { mostSeriesAtOnce } from '../src-main/contract/history.ts';
import type { SeriesRange } from '../src-main/contract/history.ts';
import type { ReportFigures, ReportLanguage, ReportStanding } from '../src-main/contract/report.ts';
import { Format } from '../src-main/reports/format.ts';
import { expect, show, test } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { calmSettings } from './settings.ts';
import { violations } from './violations.ts';

test.use({ plimsoll: { settings: calmSettings() } });
test.beforeEach(() => test.slow());

test('a report is made in the window, previewed, and opens by itself: no script, nothing fetched, axe finds nothing', async ({
  browser,
  door,
}) => {
  const { page } = door;
  await door.statusWhen('something was sampled', ({ latest }) => latest.length > 0, 30_000);
  await door.enter('#/reports');
  const main = page.getByRole('main');
  await expect(main.getByRole('heading', { name: 'No reports yet' })).toBeVisible();
  await main.getByLabel('Of the last').selectOption('6');
  await main.getByRole('button', { name: 'Make a report' }).click();
  const row = main.getByRole('list', { name: 'Reports that are kept' }).getByRole('listitem');
  await expect(row).toHaveCount(1, { timeout: 60_000 });
  const pictures = row.getByRole('img');
  await expect(pictures).toHaveCount(3);
  for (const picture of await pictures.all())
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
      .toEqual([1200, 600]);
  for (const width of [320, 900, 1400]) {
    await page.setViewportSize({ width, height: 900 });
    expect.soft(await pageOverflow(page), String(width)).toBe(0);
    expect.soft(await smallTargets(page), String(width)).toEqual([]);
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect.soft(await violations(page), colorScheme).toEqual([]);
  }

  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    row.getByRole('link', { name: /^Open/ }).click(),
  ]);
  await expect(opened.getByRole('heading', { level: 1 })).toContainText('Metrics report for');
  // Its own style is in force, whatever the window's policy is.
  expect(await opened.locator('header').evaluate((head) => getComputedStyle(head).maxWidth)).toBe('1080px');
  await opened.close();

  const folder = join(door.dataDirectory, 'reports');
  const file = join(folder, 'metrics_report.html');
  expect(existsSync(file)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.startsWith('report-'))).toHaveLength(1);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toMatch(/<script|<link|<img|<iframe/);
  const alone = await openedAlone(browser, file);

  await test.step('its figures are those of the API', () => expectFigures(door, alone, 'en'));

  await alone.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await test.step('printed, nothing is cut off at the edge or between pages', async () => {
    // A4 without its margins of 14 mm.
    await alone.setViewportSize({ width: 688, height: 1017 });
    expect(await pageOverflow(alone)).toBe(0);
    const cut = await alone.evaluate(() =>
      [...document.querySelectorAll('figure, .scroll')].flatMap((part) => {
        const { breakInside, overflowX } = getComputedStyle(part);
        const isHidden = part.scrollWidth > part.clientWidth + 1 && overflowX !== 'visible';
        const isSplit = part.tagName === 'FIGURE' && breakInside !== 'avoid';
        return isHidden || isSplit ? [`${part.tagName} ${breakInside} ${overflowX}`] : [];
      }),
    );
    expect(cut).toEqual([]);
  });
  expect(await alone.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
    'rgb(255, 255, 255)',
  );
  expect((await alone.pdf({ format: 'A4' })).subarray(0, 4).toString()).toBe('%PDF');
  await alone.context().close();
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });
  test('a report speaks the language of the window, with its numbers, and is as good', async ({
    browser,
    door,
  }) => {
    const { page } = door;
    await door.statusWhen('something was sampled', ({ latest }) => latest.length > 0, 30_000);
    await door.enter('#/reports');
    const main = page.getByRole('main');
    await expect(main.getByLabel('Erstellen', { exact: true })).toHaveValue('');
    await main.getByLabel('Erstellen', { exact: true }).selectOption({ label: 'Jede Woche' });
    await expect(main.getByLabel('Am', { exact: true }).locator('option')).toHaveText([
      ...['Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag', 'Sonntag'],
    ]);
    await main.getByRole('button', { name: 'Sichern' }).click();
    await expect(main.getByRole('button', { name: 'Sichern' })).toBeHidden();
    expect((await door.settings()).settings.reports).toMatchObject({ every: 'week', day: 'mon' });
    await main.getByRole('button', { name: 'Bericht erstellen' }).click();
    const row = main.getByRole('list', { name: 'Aufbewahrte Berichte' }).getByRole('listitem');
    await expect(row).toHaveCount(1, { timeout: 60_000 });
    const alone = await openedAlone(browser, join(door.dataDirectory, 'reports', 'metrics_report.html'));
    await expect(alone.locator('html')).toHaveAttribute('lang', 'de');
    await expect(alone.getByRole('heading', { level: 1 })).toContainText('Bericht über');
    await expectFigures(door, alone, 'de');
    await alone.context().close();

    // What the settings name goes before the language of the window.
    await main.getByLabel('Sprache', { exact: true }).selectOption({ label: 'English' });
    await main.getByRole('button', { name: 'Sichern' }).click();
    await expect(main.getByRole('button', { name: 'Sichern' })).toBeHidden();
    await main.getByRole('button', { name: 'Bericht erstellen' }).click();
    await expect(row).toHaveCount(2, { timeout: 60_000 });
    const file = join(door.dataDirectory, 'reports', 'metrics_report.html');
    expect(readFileSync(file, 'utf8')).toContain('<html lang="en">');
  });
});

/** The page by itself, without a network: axe finds nothing in light and dark, it fits 320 pixels, and fetches nothing. */
async function openedAlone(browser: Browser, file: string): Promise<Page> {
  const asked: string[] = [];
  const offline = await browser.newContext({ offline: true });
  const alone = await offline.newPage();
  alone.on('request', (request) => asked.push(request.url()));
  const address = pathToFileURL(file).href;
  for (const colorScheme of ['light', 'dark'] as const) {
    await alone.emulateMedia({ colorScheme });
    await alone.setViewportSize({ width: 1200, height: 900 });
    await alone.goto(address);
    expect.soft(await violations(alone), `the report, ${colorScheme}`).toEqual([]);
    await alone.setViewportSize({ width: 320, height: 900 });
    expect.soft(await pageOverflow(alone), 'the report at 320').toBe(0);
  }
  expect(new Set(asked)).toEqual(new Set([address]));
  return alone;
}

/** What the table of the newest report shows is what the API answers, written as the language does. */
async function expectFigures(door: Door, alone: Page, language: ReportLanguage): Promise<void> {
  const { reports } = await door.api<ReportStanding>('reports');
  const { from, to } = reports[0]!;
  const figures = await door.api<ReportFigures>(`reports/figures?from=${from}&to=${to}`);
  const series = figures.metrics.map((metric) => metric.series);
  expect(series.length).toBeGreaterThan(5);
  const ranges: SeriesRange[] = [];
  for (let at = 0; at < series.length; at += mostSeriesAtOnce) {
    const some = { series: series.slice(at, at + mostSeriesAtOnce), from, to, points: 100 };
    ranges.push(...(await door.api<SeriesRange[]>('history/ranges', 'POST', some)));
  }
  expect(figures.metrics.map(({ summary }) => summary)).toEqual(ranges.map(({ summary }) => summary));
  const format = new Format(language, figures.zone);
  const words = figures.metrics.map(({ series: { metric }, title, unit, sign, summary }) => [
    format.title(metric, title),
    ...[summary.last, summary.min, summary.avg, summary.max].map((value) =>
      value === null ? '—' : format.ofMetric(metric, value, unit, sign),
    ),
  ]);
  const rows = await alone.locator('section[aria-labelledby=metrics] tbody tr:has(td)').evaluateAll((all) =>
    all.map((row) => {
      const name = row.querySelector('th bdi')?.textContent ?? '';
      const [last, min, avg, , max] = [...row.querySelectorAll('td.n')].map((cell) => cell.textContent);
      return [name, last, min, avg, max];
    }),
  );
  expect(rows.toSorted()).toEqual(words.toSorted());
}

test('a schedule is set by its form, and says when the next report comes', async ({ door }) => {
  const { page } = door;
  await door.enter('#/reports');
  const main = page.getByRole('main');
  await expect(main.getByText('No report is scheduled.')).toBeVisible();
  await main.getByLabel('Make one', { exact: true }).selectOption('day');
  await main.getByRole('button', { name: 'Save' }).click();
  await expect(main.getByText('The next one is made')).toBeVisible();
  expect((await door.settings()).settings.reports).toMatchObject({ every: 'day', at: '07:00', keep: 14 });
  await show(page, '#/overview');
});
