import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, show, test } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { violations } from './violations.ts';

const main = (page: Page) => page.getByRole('main');
const offers = (page: Page) =>
  main(page).getByRole('region', { name: /^Scripts (waiting for you|that cannot run)$/ });

/** Puts a file where scripts are found, as a person does while Plimsoll runs. */
function drop({ directory }: Door, name: string, text: string): void {
  mkdirSync(join(directory, 'metrics'), { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'metrics', name), text, { mode: 0o700 });
}

const hostile = `"""<script>document.title = 'broken'</script><img src=x onerror="alert(1)">"""
def collect():
    return {"answer": 42, "half": 0.5}
`;

test('a file that is dropped into metrics is offered at once, and runs after it was read and approved by keyboard alone', async ({
  door,
}) => {
  const { page } = door;
  const { keyboard } = page;
  await door.enter('#/sources');
  await expect(main(page).getByRole('article').first()).toBeVisible();
  await expect(offers(page)).toHaveCount(0);
  drop(door, 'answer.py', hostile);
  await expect(offers(page)).toContainText('answer.py');
  expect((await door.settings()).settings.sources.map(({ name }) => name)).not.toContain('answer');

  await page.getByRole('link', { name: 'Overview' }).click();
  await expect(main(page).getByText('1 script waits for your approval')).toBeVisible();
  await main(page).getByRole('link', { name: 'Look at it' }).click();
  await expect(offers(page)).toBeVisible();

  const tabTo = async (target: ReturnType<Page['getByRole']>): Promise<void> => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    throw new Error('Tab does not reach it');
  };
  await main(page).focus();
  await tabTo(offers(page).locator('summary'));
  await keyboard.press('Enter');
  // As text: what a script holds is never part of the page.
  await expect(offers(page).getByRole('region', { name: 'What is in it' })).toHaveText(hostile.trim());
  await expect(offers(page)).toContainText('the usual program for its kind');
  await tabTo(offers(page).getByRole('button', { name: 'Show the whole hash' }));
  await keyboard.press('Enter');
  await expect(offers(page).locator('code')).toHaveText(/^[0-9a-f]{64}$/);
  await tabTo(offers(page).getByRole('button', { name: 'Approve answer.py' }));
  await keyboard.press('Enter');
  await expect(page.getByText('“answer.py” is approved.')).toBeVisible();
  await expect(offers(page)).toHaveCount(0);
  await expect(main(page)).toBeFocused();
  await expect(main(page).getByRole('article').filter({ hasText: 'answer' }).first()).toContainText('42');
  expect((await door.settings()).settings.sources.at(-1)).toMatchObject({
    name: 'answer',
    kind: 'script',
    file: 'answer.py',
  });
});

test('a script that changes stops, says so beside its form, and goes on after it was approved again; an approval can be taken back', async ({
  door,
}) => {
  const { page } = door;
  drop(door, 'answer.py', 'def collect():\n    return 42\n');
  await door.enter('#/sources');
  await offers(page).locator('summary').click();
  await offers(page).getByRole('button', { name: 'Approve answer.py' }).click();
  await door.statusWhen('run the script', ({ latest }) => latest.some(({ metric }) => metric === 'answer'));
  await show(page, '#/sources/answer');
  await expect(main(page).getByText('Approved', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.getByRole('table').getByRole('row', { name: /answer/ })).toContainText('42');

  drop(door, 'answer.py', 'def collect():\n    return 43\n');
  await expect(main(page).getByText('It has changed since it was approved')).toBeVisible();
  await page.getByRole('button', { name: 'Sample again' }).click();
  await expect(main(page)).toContainText('has changed since it was approved, so it does not run any more');
  await main(page).getByRole('button', { name: 'Approve answer.py' }).click();
  await door.statusWhen('run it again', ({ latest }) =>
    latest.some(({ metric, value }) => metric === 'answer' && value === 43),
  );

  await main(page).getByText('Approved', { exact: true }).click();
  await main(page).getByRole('button', { name: 'Revoke the approval of answer.py' }).click();
  await expect(main(page).getByText('It has not been approved')).toBeVisible();
  await door.statusWhen('stop the script', ({ sources }) =>
    sources.some(({ source, error }) => source === 'answer' && error?.code === 'not_approved'),
  );
});

test('what cannot be shown says so instead of waiting for ever, and is shown when it is asked for again', async ({
  door,
}) => {
  const { page } = door;
  drop(door, 'answer.py', hostile);
  door.tolerate(/net::ERR_FAILED/);
  await page.route('**/api/v1/scripts/text?*', (route) => route.abort());
  await door.enter('#/sources');
  await offers(page).locator('summary').click();
  await expect(offers(page).getByRole('alert')).toBeVisible();
  await expect(offers(page).locator('[aria-busy=true]')).toHaveCount(0);
  await expect(offers(page).getByRole('button', { name: 'Approve answer.py' })).toBeDisabled();
  await page.unroute('**/api/v1/scripts/text?*');
  await offers(page).getByRole('button', { name: 'Try again' }).click();
  await expect(offers(page).getByRole('region', { name: 'What is in it' })).toHaveText(hostile.trim());
  await expect(offers(page).getByRole('alert')).toHaveCount(0);
});

test('what cannot run says why, and has no button that approves it', async ({ door }) => {
  const { page } = door;
  drop(door, 'bad.sh', '#!/nowhere/sh\necho 1\n');
  await door.enter('#/sources');
  await offers(page).locator('summary').click();
  await expect(offers(page)).toContainText('names /nowhere/sh in its first line, which is not there');
  await expect(offers(page).getByRole('button', { name: /Approve/ })).toHaveCount(0);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`an open offer is accessible and fits every width, ${scheme}`, async ({ door }) => {
    const { page } = door;
    await page.emulateMedia({ colorScheme: scheme });
    drop(door, 'a-very-long-name-that-has-to-go-somewhere-in-a-window-of-320-pixels.py', hostile);
    await door.enter('#/sources');
    await offers(page).locator('summary').click();
    await expect(offers(page).getByRole('region', { name: 'What is in it' })).toBeVisible();
    for (const width of [1400, 900, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await pageOverflow(page), `at ${width} pixels`).toBe(0);
      expect(await smallTargets(page), `at ${width} pixels`).toEqual([]);
      expect(await violations(page), `at ${width} pixels`).toEqual([]);
    }
  });
}
