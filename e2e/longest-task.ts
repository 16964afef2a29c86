import type { Page } from '@playwright/test';

/**
 * How long the page was held up at most while something was done to it, in milliseconds: the best of five times,
 * because a machine that is shared is held up by others too, and a page that freezes does so each time.
 */
export async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let time = 0; time < 5 && best >= 100; time += 1) best = Math.min(best, await once(page, act));
  return best;
}

async function once(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const held: number[] = [];
    const observer = new PerformanceObserver((list) =>
      held.push(...list.getEntries().map((task) => task.duration)),
    );
    observer.observe({ type: 'longtask' });
    Object.assign(window, { heldUp: () => (observer.disconnect(), Math.max(0, ...held)) });
  });
  await act();
  return page.evaluate(async () => {
    // Two frames later everything that followed has been laid out and drawn.
    await new Promise((done) =>
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))),
    );
    return (window as unknown as { heldUp: () => number }).heldUp();
  });
}

/** Puts a text on the clipboard, to be pasted as a person does. */
export async function intoClipboard(page: Page, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
}
