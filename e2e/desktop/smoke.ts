import { expect } from '@playwright/test';
import type { Desktop } from './test.ts';

/** The shortest way through everything: window, bridge, API, both children, tray, quit. Rejects at the first that is not there. */
export async function smoke(desktop: Desktop, entry?: string): Promise<void> {
  const app = await desktop.start([], entry);
  const page = await app.window('main');
  const status = await app.statusWhen(
    'have both stages running and a sample',
    ({ stages, latest }) => latest.length > 0 && stages.every(({ state }) => state === 'running'),
  );
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(status.sources.length).toBeGreaterThan(0);
  await expect.poll(async () => (await app.tray())?.menu.length).toBeGreaterThan(3);
  expect(await app.quit()).toBe(0);
}
