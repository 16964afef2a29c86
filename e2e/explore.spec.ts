import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { SeriesRange } from '../src-main/contract/history.ts';
import { expect, show, test as atDoor } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { calmSettings, memoryRule } from './settings.ts';
import { violations } from './violations.ts';
import { seedWeek } from './week.ts';

/** Sampled seldom, so that little but what is made up is in the history. */
const sources = ['cpu', 'memory', 'disk', 'network'].map((kind) => ({
  name: kind,
  kind,
  intervalSeconds: 15,
}));

const historyFile = 'history.sqlite';

const test = atDoor.extend<object, { week: string }>({
  /** A directory with the history of a week: made up once, and copied by each test, which takes seconds instead of minutes. */
  week: [
    // Playwright reads from the pattern that it needs nothing.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const week = mkdtempSync(join(tmpdir(), 'plimsoll-week-'));
      await seedWeek(week, { everyMs: 60_000 });
      await use(week);
      rmSync(week, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test.beforeEach(() => test.slow());
test.use({
  plimsoll: { settings: calmSettings({ sources, rules: [memoryRule({ threshold: 80 })] }) },
  viewport: { width: 1400, height: 900 },
});

const main = (page: Page) => page.getByRole('main');
const chart = (page: Page, unit: string) =>
  main(page)
    .getByRole('region', { name: unit, exact: true })
    .getByRole('group', { name: /^Chart/ });
const row = (page: Page, name: string) =>
  main(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) });

/** Has it run with a week behind it. */
async function aWeek(door: Door, week: string): Promise<void> {
  await door.stop();
  for (const end of ['', '-wal', '-shm'])
    rmSync(join(door.dataDirectory, historyFile + end), { force: true });
  copyFileSync(join(week, historyFile), join(door.dataDirectory, historyFile));
  await door.restart();
}

/** Waits until history has answered for a series. */
async function expectValues(page: Page, name: string): Promise<void> {
  await expect(row(page, name)).toContainText(/\d.*\d.*\d/);
}

test('series are picked, zoomed and compared by the keyboard alone, and the address says all of it', async ({
  door,
  week,
}) => {
  const { page } = door;
  await aWeek(door, week);
  await door.enter('#/overview');
  await main(page).focus();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { level: 1, name: 'Explore' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search series' })).toBeFocused();
  await page.keyboard.type('memory percent');
  const memory = main(page).getByRole('checkbox', { name: 'Memory', exact: true });
  await expect(memory).toBeVisible();
  await memory.focus();
  await page.keyboard.press('Space');
  await expectValues(page, 'Memory');
  expect(page.url()).toContain('#/explore?s=memory.memory_percent');

  await chart(page, 'Percent').focus();
  await page.keyboard.press('+');
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  const stretch = (): { from: number; to: number } => {
    const query = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    return { from: Number(query.get('from')), to: Number(query.get('to')) };
  };
  const zoomed = stretch();
  expect((zoomed.to - zoomed.from) / 3_600_000).toBeCloseTo(12, 1);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => stretch().to).toBe(zoomed.to - (zoomed.to - zoomed.from) / 4);
  await page.keyboard.press('Shift+ArrowRight');
  await expect(main(page).locator('[aria-live=polite]')).toContainText(/Memory \d/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/from=/);
  await page.goBack();
  await expect(page).toHaveURL(/from=\d+/);
  await page.goForward();
  await expect(page).not.toHaveURL(/from=/);

  await main(page).getByRole('checkbox', { name: 'Compare with the period before' }).focus();
  await page.keyboard.press('Space');
  await expect(main(page).getByRole('columnheader', { name: 'Before' })).toBeVisible();
  await expect(row(page, 'Memory').getByRole('cell').nth(4)).toHaveText(/\d+\.\d\s%/);
  await main(page).getByRole('checkbox', { name: 'Show as table' }).focus();
  await page.keyboard.press('Space');
  await expect(main(page).getByRole('columnheader', { name: 'Memory, before' })).toBeVisible();
  await expect(main(page).getByRole('row').nth(20)).toContainText('%');
});

test('a link restores what is shown, and each unit has its chart', async ({ door, week }) => {
  const { page } = door;
  await aWeek(door, week);
  await door.enter(
    '#/explore?s=cpu.cpu_percent*memory.memory_percent*network.bytes_recv_per_sec&range=7d&compare=1',
  );
  await expectValues(page, 'CPU');
  await expectValues(page, 'Network');
  await expect(main(page).getByRole('button', { name: '7 d' })).toHaveAttribute('aria-pressed', 'true');
  await expect(chart(page, 'Percent')).toBeVisible();
  await expect(chart(page, 'Bytes per second')).toBeVisible();
  await expect(main(page).getByRole('checkbox', { name: 'Compare with the period before' })).toBeChecked();

  await test.step('the mouse draws a stretch open', async () => {
    const box = (await chart(page, 'Percent').boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 320, box.y + 80, { steps: 4 });
    await page.mouse.up();
    await expect(page).toHaveURL(/from=\d+&to=\d+/);
    await main(page).getByRole('button', { name: 'Back to the last 7 d' }).click();
    await expect(page).not.toHaveURL(/from=/);
  });

  await test.step('gaps say why nothing was sampled', async () => {
    const { host } = await door.status();
    const now = Date.now();
    const query = `host=${encodeURIComponent(host)}&from=${now - 7 * 86_400_000}&to=${now}`;
    const found = await door.api<{ why: string; from: number; to: number }[]>(
      `history/interruptions?${query}`,
    );
    const hours = found.map(({ why, from, to }) => `${why} ${Math.round((to - from) / 3_600_000)} h`);
    expect(hours.filter((one) => !one.endsWith(' 0 h'))).toEqual(['asleep 8 h', 'off 5 h', 'asleep 8 h']);
  });

  await test.step('an alert and a level lead here', async () => {
    await show(page, '#/overview');
    const card = main(page).getByRole('article').filter({ hasText: 'Memory' });
    await card.getByRole('link', { name: 'Explore Memory' }).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#\/explore\?s=memory\.memory_percent$/);
  });
});

test.describe('by touch', () => {
  test.use({ hasTouch: true });
  test('one finger moves the chart, two zoom it, and up and down scrolls the page', async ({
    door,
    week,
  }) => {
    const { page } = door;
    await aWeek(door, week);
    await door.enter('#/explore?s=cpu.cpu_percent*network.bytes_recv_per_sec&range=7d');
    await expectValues(page, 'CPU');
    const box = (await chart(page, 'Percent').boundingBox())!;
    const fingers = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...places: [x: number, y: number][]) =>
      fingers.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: places.map(([x, y], id) => ({ id, x: box.x + x, y: box.y + y })),
      });
    const stretch = (): { from: number; to: number } => {
      const query = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
      return { from: Number(query.get('from')), to: Number(query.get('to')) };
    };
    const dayMs = 86_400_000;

    await touch('touchStart', [200, 100]);
    for (let x = 220; x <= 400; x += 20) await touch('touchMove', [x, 100]);
    await touch('touchEnd');
    await expect(page).toHaveURL(/from=\d+&to=\d+/);
    const moved = stretch();
    expect((moved.to - moved.from) / dayMs).toBeCloseTo(7, 3);
    expect(moved.to).toBeLessThan(Date.now() - dayMs);

    await touch('touchStart', [300, 100], [420, 100]);
    for (let more = 10; more <= 120; more += 10)
      await touch('touchMove', [300 - more, 100], [420 + more, 100]);
    await touch('touchEnd');
    await expect.poll(() => (stretch().to - stretch().from) / dayMs).toBeLessThan(4);
    const zoomed = stretch();
    expect(zoomed.from).toBeGreaterThan(moved.from);
    expect(zoomed.to).toBeLessThan(moved.to);

    await touch('touchStart', [300, 150]);
    for (let y = 130; y >= 30; y -= 20) await touch('touchMove', [300, y]);
    await touch('touchEnd');
    expect(stretch()).toEqual(zoomed);
  });
});

test('a link with more series than can be told apart says how many are not shown', async ({ door }) => {
  const { page } = door;
  const names = [
    'cpu.cpu_percent',
    'memory.memory_percent',
    'disk.disk_percent',
    'network.bytes_recv_per_sec',
  ];
  const others = ['load_1', 'load_5', 'load_15', 'core_count'].map((metric) => `cpu.${metric}`);
  await door.enter(`#/explore?s=${[...names, ...others].join('*')}`);
  await expect(main(page).getByText('2 more series of this link are not shown')).toBeVisible();
});

test('what is exported is what the API answers', async ({ door, week }) => {
  const { page } = door;
  await aWeek(door, week);
  const to = Date.now() - 3_600_000;
  const stretch = { from: to - 6 * 3_600_000, to };
  await door.enter(`#/explore?s=cpu.cpu_percent*memory.memory_percent&from=${stretch.from}&to=${stretch.to}`);
  await expectValues(page, 'CPU');
  const exported = async (choice: string): Promise<Buffer> => {
    await main(page).getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: choice }).click(),
    ]);
    return readFileSync(await file.path());
  };
  const { host } = await door.status();
  const series = ['cpu', 'memory'].map((source) => ({
    host,
    source,
    metric: `${source}_percent`,
    labels: {},
  }));
  const shown = JSON.parse((await exported('JSON, as shown')).toString()) as SeriesRange[];
  const points = 5000;
  const answer = await door.api<SeriesRange[]>('history/ranges', 'POST', { series, ...stretch, points });
  expect(shown).toEqual(answer);
  expect(shown[0]?.at.length).toBeGreaterThan(300);

  const lines = (await exported('CSV, as shown')).toString().trim().split('\r\n');
  expect(lines).toHaveLength(1 + shown.reduce((sum, { at }) => sum + at.length, 0));
  expect(lines[1]).toBe(
    `${new Date(shown[0]!.at[0]!).toISOString()},${host},cpu,cpu_percent,{},0,${shown[0]!.min[0]},${shown[0]!.avg[0]},${shown[0]!.max[0]}`,
  );
  const every = (await exported('CSV, every sample')).toString().trim().split('\r\n');
  expect(every.length).toBe(lines.length);
  const picture = await exported('PNG picture');
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  expect(picture.length).toBeGreaterThan(20_000);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing is in anybody's way: ${colorScheme}`, async ({ door, week }) => {
    const { page } = door;
    await aWeek(door, week);
    await page.emulateMedia({ colorScheme });
    await door.enter('#/explore');
    await expect(main(page).getByRole('checkbox').first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await show(page, '#/explore?s=cpu.cpu_percent*network.bytes_recv_per_sec&compare=1');
    await expectValues(page, 'CPU');
    expect(await violations(page)).toEqual([]);
    await show(page, '#/explore?s=cpu.cpu_percent*network.bytes_recv_per_sec&view=table');
    await expect(main(page).getByRole('row').nth(3)).toBeVisible();
    expect(await violations(page)).toEqual([]);

    await page.setViewportSize({ width: 320, height: 700 });
    expect(await pageOverflow(page)).toBe(0);
    await show(page, '#/explore?s=cpu.cpu_percent*network.bytes_recv_per_sec&range=7d');
    await expectValues(page, 'CPU');
    expect(await pageOverflow(page)).toBe(0);
    expect(await smallTargets(page)).toEqual([]);
    await main(page).getByRole('button', { name: 'Choose series' }).click();
    await expect(page.getByRole('dialog').getByRole('checkbox').first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
  });
}

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });
  test('it speaks German, with its numbers', async ({ door, week }) => {
    const { page } = door;
    await aWeek(door, week);
    await door.enter('#/explore?s=cpu.cpu_percent*memory.memory_percent&range=7d');
    await expect(page.getByRole('heading', { level: 1, name: 'Erkunden' })).toBeVisible();
    await expect(main(page).getByRole('columnheader', { name: 'Zuletzt' })).toBeVisible();
    await expect(main(page).getByRole('row').nth(1)).toContainText(/\d,\d\s%/);
    await expect(main(page).getByRole('button', { name: '7 Tage' })).toHaveAttribute('aria-pressed', 'true');
  });
});
