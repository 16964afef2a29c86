import type { Page } from '@playwright/test';
import { expect, show, test } from './door.ts';
import { calmSettings } from './settings.ts';
import { seedWeek } from './week.ts';

// One source is sampled each second, the others hardly ever.
const sources = ['cpu', 'memory', 'disk', 'network'].map((kind) => ({
  name: kind,
  kind,
  intervalSeconds: kind === 'cpu' ? 1 : 3600,
}));
test.use({
  plimsoll: { settings: calmSettings({ sources, rules: [] }) },
  viewport: { width: 1400, height: 900 },
});

const cpu = (page: Page) =>
  page
    .getByRole('main')
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: 'CPU', exact: true }) });

test('what has no new sample is not drawn again, and of what has one only the end', async ({ door }) => {
  test.slow();
  const { page } = door;
  // How often each card got another line, and how many corners each painting of a canvas had.
  await page.addInitScript(() => {
    const seen = { cards: {} as Record<string, number>, corners: [] as number[] };
    Object.assign(window, { seenDrawing: seen });
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const card = (target as Element).closest('article')?.querySelector('h2')?.textContent.trim() ?? '';
        if ((target as Element).classList.contains('level')) seen.cards[card] = (seen.cards[card] ?? 0) + 1;
      }
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ['d'] });
    const drawing = CanvasRenderingContext2D.prototype;
    const { lineTo, clearRect } = drawing;
    drawing.lineTo = function (...place) {
      seen.corners[seen.corners.length - 1]! += 1;
      lineTo.apply(this, place);
    };
    drawing.clearRect = function (...box) {
      // A canvas of the page is cleared whole when it is painted; the tiles of its lines are on none.
      if (this.canvas.isConnected) seen.corners.push(0);
      clearRect.apply(this, box);
    };
  });
  const seen = () =>
    page.evaluate(
      () =>
        (window as unknown as { seenDrawing: { cards: Record<string, number>; corners: number[] } })
          .seenDrawing,
    );
  await door.stop();
  await seedWeek(door.dataDirectory, { everyMs: 5000, days: 1 });
  await door.restart();

  await test.step('on the overview', async () => {
    await door.enter('#/overview');
    await expect(cpu(page).locator('path.level')).toHaveAttribute('d', /L.*L/);
    const before = await seen();
    const beganAt = Date.now();
    const since = async (card: string): Promise<number> =>
      ((await seen()).cards[card] ?? 0) - (before.cards[card] ?? 0);
    await expect.poll(() => since('CPU'), { timeout: 60_000 }).toBeGreaterThan(5);
    // An hour is 300 pixels wide at most: time alone moves it every eight seconds.
    const steps = Math.ceil((Date.now() - beganAt) / 8000) + 1;
    for (const card of ['Memory', 'Disk', 'Network'])
      expect(await since(card), card).toBeLessThanOrEqual(steps);
  });

  await test.step('in Explore', async () => {
    await show(page, '#/explore?s=cpu.cpu_percent&range=6h');
    const last = page.getByRole('main').getByRole('row').nth(1).getByRole('cell').first();
    await expect(last).toHaveText(/\d/);
    await expect.poll(async () => Math.max(0, ...(await seen()).corners)).toBeGreaterThan(1000);
    // The first answer of history is there; the next is asked for after a minute at the earliest.
    let asked = 0;
    page.on('request', (request) => void (asked += request.url().endsWith('/history/ranges') ? 1 : 0));
    const { corners: whole } = await seen();
    const all = Math.max(...whole);
    await expect
      .poll(async () => (await seen()).corners.length - whole.length, { timeout: 40_000 })
      .toBeGreaterThan(4);
    const live = (await seen()).corners.slice(whole.length);
    expect(Math.max(...live)).toBeLessThan(all / 3);
    expect(asked).toBe(0);
  });
});
