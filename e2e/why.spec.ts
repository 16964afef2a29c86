import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Alert } from '../src-main/contract/alert.ts';
import type { AlertContext } from '../src-main/contract/alert-context.ts';
import { expect, show, test } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { crossedSettings } from './settings.ts';

test.use({ plimsoll: { settings: crossedSettings() } });

interface Detail {
  alert: Alert;
  contexts: AlertContext[];
  deliveries: { state: string }[];
}

test('an alert says what was going on, and hands it over as a file', async ({ door }) => {
  const { page } = door;
  const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length === 1);
  const id = alerts[0]!.id;
  await expect.poll(async () => (await door.api<Detail>(`alerts/${id}`)).contexts[0]?.isComplete).toBe(true);
  const { contexts } = await door.api<Detail>(`alerts/${id}`);
  const top = contexts[0]!.programs!.byMemory![0]!.program;

  await door.enter(`#/alerts/${id}`);
  const card = page.getByRole('article', { name: 'Memory too full' });
  const changed = card.getByRole('region', { name: 'What changed' });
  await expect(changed.getByRole('row').nth(1)).toContainText(top);
  await expect(changed).toContainText('Plimsoll started');
  await changed.getByText(/other metrics? at that moment/).click();
  await expect(changed.locator('details').getByRole('listitem').first()).toHaveText(/\D+\d/);

  const download = page.waitForEvent('download');
  await card.getByRole('button', { name: 'Export' }).click();
  const file = await (await download).path();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ alert: { id }, contexts });
});

test('the list is narrowed by what the address says, searched and exported', async ({ door }) => {
  const { page } = door;
  await door.statusWhen('fire', (status) => status.alerts.length === 1);
  await door.enter('#/alerts');
  const list = page.getByRole('region', { name: 'Alerts' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('searchbox', { name: 'Search alerts' }).fill('nobody is called so');
  await expect(list.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await expect(page).toHaveURL(/q=nobody/);
  await page.getByRole('searchbox', { name: 'Search alerts' }).fill('MEMORY');
  await page.getByRole('link', { name: 'Warning', exact: true }).click();
  await page.getByRole('button', { name: 'Time: Any time' }).click();
  await page.getByRole('menuitem', { name: 'Last day' }).click();
  await expect(page).toHaveURL(/severity=warning/);
  await expect(page).toHaveURL(/time=day/);
  await expect(list.getByRole('listitem')).toHaveCount(1);
  const download = page.waitForEvent('download');
  await list.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'As CSV' }).click();
  const [head, row] = readFileSync(await (await download).path(), 'utf8').split('\r\n');
  expect(head).toMatch(/^id,state,severity,drill,/);
  expect(row).toContain(',firing,warning,false,memory-high,Memory too full,');
  await page.getByRole('link', { name: 'Critical', exact: true }).click();
  await expect(list.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
});

test('the alarm is tried, and never taken for a real one', async ({ door }) => {
  const { page } = door;
  await door.statusWhen('fire', (status) => status.alerts.length === 1);
  await door.enter('#/alerts');
  await page.getByRole('button', { name: 'Try the alarm' }).click();
  const card = page.getByRole('article', { name: 'Fire drill' });
  await expect(card.getByRole('heading', { level: 2 })).toHaveText('Fire drill: nothing is wrong');
  await expect(card.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0);
  await expect(card).toContainText('Delivered');
  await expect(page.getByRole('link', { name: /^Alerts 1\sactive$/ })).toBeVisible();
  expect((await door.status()).alerts.map(({ ruleName }) => ruleName)).toEqual(['Memory too full']);
  const row = page.getByRole('region', { name: 'Alerts' }).getByRole('listitem').first();
  await expect(row).toContainText('Drill');
  await expect(row).toContainText('Fire drill, over: nothing was wrong', { timeout: 25_000 });
});

test('somebody who was away is told what fired meanwhile, once', async ({ door }) => {
  const { page } = door;
  await door.statusWhen('fire', (status) => status.alerts.length === 1);
  await page.addInitScript(() => {
    if (localStorage.getItem('plimsoll-seen') === null)
      localStorage.setItem('plimsoll-seen', String(Date.now() - 3_600_000));
  });
  await door.enter('#/overview');
  const card = page.getByRole('region', { name: 'While you were away' });
  await expect(card).toContainText('1 alert, 1 still firing');
  await page.reload();
  await card.getByRole('button', { name: 'Look at them' }).click();
  await expect(page).toHaveURL(/#\/alerts\?since=\d+$/);
  await expect(page.getByRole('region', { name: 'Alerts' }).getByRole('listitem')).toHaveCount(1);
  await show(page, '#/overview');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await expect(card).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { name: '1 line crossed' })).toBeVisible();
  await expect(card).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the card and the list, ${colorScheme}`, async ({ door }) => {
    test.slow();
    const { page } = door;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length === 1);
    await door.enter(`#/alerts/${alerts[0]!.id}`);
    await expect(page.getByRole('region', { name: 'What changed' }).getByRole('table')).toBeVisible();
    for (const width of [320, 900, 1400]) {
      await page.setViewportSize({ width, height: 900 });
      for (const name of ['why', 'list']) {
        await show(page, name === 'why' ? `#/alerts/${alerts[0]!.id}` : '#/alerts');
        const where = `${name} at ${width}`;
        expect.soft(await smallTargets(page), where).toEqual([]);
        expect.soft(await pageOverflow(page), where).toBe(0);
        const shots = process.env['PLIMSOLL_SHOTS'];
        if (shots !== undefined)
          await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png` });
        if (width !== 1400) continue;
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
        expect
          .soft(
            violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
            where,
          )
          .toEqual([]);
      }
    }
  });
}
