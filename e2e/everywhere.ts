import type { Page } from '@playwright/test';
import { expect, show } from './door.ts';
import type { Door } from './door.ts';

/** Leads the window through every view, with what opens over them, and calls `look` at each. One alert has to be firing. */
export async function everywhere(door: Door, look: (where: string) => Promise<void>): Promise<void> {
  const { page } = door;
  const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length > 0);
  const main = page.getByRole('main');
  await show(page, '#/overview');
  await expect(main.getByRole('meter').first()).toBeVisible();
  await look('overview');
  await show(page, '#/alerts');
  await expect(main.getByRole('listitem').first()).toBeVisible();
  await look('alerts');
  await show(page, `#/alerts/${alerts[0]!.id}`);
  await expect(main.getByRole('article').locator('canvas')).toBeVisible();
  await look('alert');
  await show(page, '#/rules');
  await expect(main.getByRole('switch').first()).toBeVisible();
  await look('rules');
  await show(page, `#/rules/${alerts[0]!.ruleId}`);
  await expect(main.getByRole('slider')).toBeVisible();
  await look('rule editor');
  await show(page, '#/sources');
  await expect(main.getByRole('switch').first()).toBeVisible();
  await look('sources');
  await show(page, '#/sources/new');
  await expect(main.getByRole('combobox')).toBeFocused();
  await look('kinds of sources');
  await show(page, '#/sources/new?kind=http');
  await expect(main.getByRole('textbox').first()).toBeVisible();
  await main.locator('summary').click();
  for (const fieldset of await main.locator('fieldset').all()) {
    const adds = fieldset.getByRole('button').last();
    // Words that are typed have none.
    if ((await adds.count()) > 0) await adds.click();
  }
  await look('new source');
  await show(page, `#/sources/${alerts[0]!.series.source}`);
  await expect(main.getByRole('textbox').first()).toBeVisible();
  await look('source');
  await show(page, '#/destinations');
  await expect(main.getByRole('switch').first()).toBeVisible();
  await look('destinations');
  await show(page, '#/destinations/exports');
  await expect(main.getByRole('textbox').first()).toBeVisible();
  await look('destination');
  await show(page, '#/explore');
  await expect(main.getByRole('button').first()).toBeVisible();
  await look('explore');
  await show(page, '#/hosts');
  await expect(main.getByRole('heading', { level: 1 })).toBeVisible();
  await look('hosts');
  await show(page, '#/reports');
  await expect(main.getByRole('combobox').first()).toBeVisible();
  await look('reports');
  await show(page, '#/settings');
  for (const entry of await main.locator('summary').all()) {
    await entry.click();
    await expect(entry.locator('..')).toHaveAttribute('open');
  }
  await look('settings');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('combobox', { expanded: true })).toBeFocused();
  await look('palette');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // A key can overtake the news that the palette was closed, and then belongs to nobody: as a person would, press again.
  await expect(async () => {
    await main.focus();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 10_000 });
  await look('help');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/**
 * By how many pixels the page, or a way around it, is wider than the window; or higher, where its parts scroll and it does not: the
 * popover does.
 */
export function pageOverflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    const main = document.querySelector('main');
    const inside = main === null ? 0 : main.scrollWidth - main.clientWidth;
    const boxes = [...document.querySelectorAll('nav a, nav button')].map((way) =>
      way.getBoundingClientRect(),
    );
    const beyond = boxes.map(({ left, right }) => Math.round(Math.max(-left, right - innerWidth)));
    const below = document.querySelector('.shell') === null ? 0 : scrollHeight - innerHeight;
    return Math.max(scrollWidth - innerWidth, below, inside, ...beyond, 0);
  });
}

/** Everything that is pressed, chosen or typed into and is smaller than 24 by 24 pixels, links inside sentences excepted. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const selector =
      'a[href], button, input, select, textarea, summary, [role=slider], [role=option], [tabindex="0"]';
    const open = document.querySelector('dialog[open]');
    const inline = (element: Element): boolean => {
      const text = element.closest('p, dd, li, td');
      // WCAG 2.5.8 excepts targets whose size the line of text around them gives.
      return element.tagName === 'A' && getComputedStyle(element).display === 'inline' && text !== null;
    };
    return [...(open ?? document).querySelectorAll<HTMLElement>(selector)]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => !inline(element) && element.tabIndex >= 0)
      .flatMap((element) => {
        // A box that is hidden behind its label is pressed there; a link that covers its card is as large as that.
        const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined;
        const cover =
          getComputedStyle(element, '::after').position === 'absolute'
            ? element.closest('article, li')
            : null;
        const large = [element, label, cover].some((one) => {
          const box = one?.getBoundingClientRect();
          return box !== undefined && box.width >= 23.5 && box.height >= 23.5;
        });
        if (large || element.matches('.skip')) return [];
        const { width, height } = element.getBoundingClientRect();
        const name = element.getAttribute('aria-label') ?? element.textContent.trim();
        return [`${element.tagName} “${name}” ${width.toFixed(1)} × ${height.toFixed(1)}`];
      });
  });
}
