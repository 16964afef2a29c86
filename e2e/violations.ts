import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** What axe finds, a line for each element, so that a failure says where. */
export async function violations(page: Page, without: string[] = []): Promise<string[]> {
  // Legacy mode needs no second window, which not every door has.
  const found = await new AxeBuilder({ page }).setLegacyMode(true).disableRules(without).analyze();
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all }) => `${id}: ${target.join(' ')}: ${[...any, ...all][0]?.message ?? ''}`),
  );
}
