import type { Page } from '@playwright/test';
import { expect, show, test } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { calmSettings } from './settings.ts';
import { violations } from './violations.ts';

const settings = calmSettings({
  rules: [
    {
      ...{ id: 'queue-long', name: 'Queue is long', source: 'queue', metric: 'length', threshold: 100 },
      ...{ comparison: 'greater_than', severity: 'critical', hostTags: ['production'] },
    },
  ],
});
test.use({ plimsoll: { settings: { ...settings, hub: {} } } });
// Each of them looks at several pages with axe.
test.beforeEach(() => test.slow());

const main = (page: Page) => page.getByRole('main');
const rows = (page: Page) =>
  main(page).getByRole('list', { name: 'Hosts, worst off first' }).getByRole('listitem');

/** What a host sends of itself, over the owner's socket. */
async function send(
  door: Pick<Door, 'api'>,
  host: string,
  { queue = 1, memory = 40, ...more }: { queue?: number; memory?: number; [field: string]: unknown } = {},
): Promise<void> {
  const at = Date.now();
  const batch = {
    ...{
      host,
      sentAt: at,
      intervalSeconds: 60,
      agent: { name: host.slice(0, 90), version: '1.0.0' },
      ...more,
    },
    samples: [
      { source: 'cpu', metric: 'cpu_percent', value: 12.5, at },
      { source: 'memory', metric: 'memory_percent', value: memory, at },
      { source: 'queue', metric: 'length', value: queue, at, unit: 'jobs' },
    ],
  };
  // Refused, to be sent again, while history begins.
  await expect(() => door.api('ingest', 'POST', batch)).toPass();
}

test('only what is known to be sampled no more is said to be so', async ({ door }) => {
  const { page } = door;
  await send(door, 'web-1');
  await door.statusWhen('sample memory', ({ latest }) => latest.some(({ source }) => source === 'memory'));
  // What the newest samples of a source are is in history within seconds.
  await expect
    .poll(async () => (await door.api<{ total: number }>('history/series?text=memory_percent')).total)
    .toBe(2);
  await door.changeSettings((changed) => {
    changed.sources = changed.sources.filter(({ name }) => name !== 'memory');
    changed.rules = changed.rules.filter(({ source }) => source !== 'memory');
  });
  await door.enter('#/explore');
  const past = main(page).getByRole('listitem').filter({ hasText: 'no longer sampled' });
  const series = (name: string) => main(page).getByRole('checkbox', { name });
  await expect(series('Plimsoll, memory')).toBeVisible();
  await expect(series('length')).toBeVisible();
  await expect(past.first()).toBeVisible();
  for (const text of await past.allInnerTexts()) expect(text).toMatch(/^(Memory|Swap)/);
});

/** Everything that a picture does not show. */
async function lookAt(page: Page, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect.soft(await violations(page), `${where}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  for (const width of [320, 900, 1400]) {
    await page.setViewportSize({ width, height: 800 });
    expect.soft(await pageOverflow(page), `${where} at ${width}`).toBe(0);
    expect.soft(await smallTargets(page), `${where} at ${width}`).toEqual([]);
  }
}

test('a host is let in by a line that is shown once, found, tagged, judged by its tag, and removed', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/overview');
  await page.getByRole('navigation').getByRole('link', { name: 'Hosts' }).click();
  await expect(main(page).getByRole('heading', { name: 'No host sends yet' })).toBeVisible();
  await lookAt(page, 'none');

  await main(page).getByRole('button', { name: 'Enrol a host' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name of the host' }).fill('web-1');
  await expect(dialog.getByText('This address leads to the machine itself')).toBeVisible();
  expect.soft(await violations(page), 'enrolment').toEqual([]);
  await dialog.getByRole('button', { name: 'Make the line' }).click();
  const line = dialog.getByRole('region', { name: 'In a shell, until Ctrl-C' });
  await expect(line).toContainText('AGENT_ID=web-1 plimsoll agent --hub http://127.0.0.1');
  expect.soft(await violations(page), 'line').toEqual([]);
  const token = /plim_[\w-]{43}/.exec(await line.innerText())?.[0] ?? '';
  await page.keyboard.press('Escape');
  await expect(page.getByText(token)).toHaveCount(0);

  const post = (host: string) =>
    fetch(`${door.address}/api/v1/ingest`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ host, samples: [] }),
    });
  expect([(await post('web-2')).status, (await post('web-1')).status]).toEqual([403, 200]);
  await send(door, 'web-1', { queue: 500 });
  await send(door, 'a-quiet-one', { tags: { role: 'database', agent_name: 'Library' } });
  // The hub's own machine stands before those that are as calm.
  await expect(rows(page)).toHaveText([/this hub/, /Library\s+a-quiet-one/, /web-1/]);

  // By keyboard alone: the list, the host, its tag.
  await main(page).focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'web-1' })).toBeVisible();
  await expect(main(page).getByRole('row').filter({ hasText: 'length' })).toContainText('500 jobs');
  await main(page).getByRole('textbox', { name: 'Yours, add one' }).fill('production');
  await page.keyboard.press('Enter');
  await main(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('The tags are saved.')).toBeVisible();
  await send(door, 'web-1', { queue: 600 });
  await expect(main(page).getByRole('region', { name: 'What fires' })).toContainText('Queue is long');
  await lookAt(page, 'host');
  await show(page, '#/popover');
  await expect(page.getByRole('article', { name: 'Queue is long' })).toContainText('web-1: ');

  await show(page, '#/hosts/a-quiet-one');
  await expect(page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible();
  await expect(main(page).getByText('a-quiet-one · Online')).toBeVisible();

  await show(page, '#/hosts');
  await expect(rows(page).first()).toContainText('web-1');
  await expect(rows(page).first()).toContainText('1 active');
  await lookAt(page, 'list');
  await main(page).getByRole('link', { name: 'With alerts' }).click();
  await expect(rows(page)).toHaveCount(1);
  await show(page, '#/hosts');
  await main(page).getByRole('combobox', { name: 'Tag' }).selectOption('role:database');
  await expect(rows(page)).toHaveText([/a-quiet-one/]);

  await show(page, '#/hosts/web-1');
  await main(page).getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(dialog).toContainText('One active alert is over with it.');
  await expect(dialog).toContainText('Its own token is revoked');
  expect.soft(await violations(page), 'removal').toEqual([]);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(rows(page)).toHaveText([/this hub/, /a-quiet-one/]);
  expect((await post('web-1')).status).toBe(401);
  const { alerts } = await door.statusWhen('end its alert', (status) => status.alerts.length === 0);
  expect(alerts).toEqual([]);
});

test('the levels of a host stand beside each other without touching, with text at 200 % too', async ({
  door,
}) => {
  const { page } = door;
  await send(door, 'web-1', { memory: 100 });
  await door.enter('#/hosts');
  await page.evaluate(() => void (document.documentElement.style.fontSize = '200%'));
  const values = rows(page)
    .filter({ hasText: 'web-1' })
    .getByText(/^[\d.]+\s%$/);
  await expect(values).toHaveCount(2);
  for (const width of [900, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const wider = await values.evaluateAll((all) =>
      all.map((element) => element.scrollWidth - element.clientWidth),
    );
    expect.soft(wider, String(width)).toEqual([0, 0]);
  }
});

test('hundreds of hosts, with names that mean harm, are looked through page by page', async ({ door }) => {
  const { page } = door;
  const hostile = `<img src=x onerror=alert(1)> {{7*7}} '; DROP TABLE host; -- ${'very long '.repeat(12)}end`;
  const names = Array.from({ length: 240 }, (_, index) => `node-${String(index).padStart(3, '0')}`);
  const all = [...names, hostile];
  await door.enter('#/overview');
  for (let at = 0; at < all.length; at += 20)
    await Promise.all(all.slice(at, at + 20).map((name) => send(door, name, { memory: 55 })));
  await show(page, '#/hosts');
  await expect(rows(page)).toHaveCount(100);
  await expect(rows(page).nth(1)).toContainText('<img src=x');
  await expect(main(page).getByText('100 of 242 shown')).toBeVisible();
  await main(page).getByRole('button', { name: 'Show more' }).click();
  await expect(rows(page)).toHaveCount(200);
  await main(page).getByRole('searchbox', { name: 'Search hosts' }).fill('node-23');
  await expect(rows(page)).toHaveCount(10);
  await expect(page).toHaveURL(/q=node-23/);
  await page.setViewportSize({ width: 320, height: 800 });
  await show(page, '#/hosts');
  await expect(rows(page)).toHaveCount(100);
  expect(await pageOverflow(page)).toBe(0);
  await rows(page).nth(1).getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('DROP TABLE host');
  expect(await pageOverflow(page)).toBe(0);
});

test.describe('where nothing is received', () => {
  test.use({ plimsoll: { settings: { ...settings, hub: { enabled: false } } } });
  test('hosts have no place, and their address says how a hub begins', async ({ door }) => {
    const { page } = door;
    await door.enter('#/overview');
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Alerts' })).toBeVisible();
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Hosts' })).toHaveCount(0);
    await show(page, '#/hosts');
    await expect(main(page).getByRole('heading', { name: 'This Plimsoll does not receive' })).toBeVisible();
    expect.soft(await violations(page)).toEqual([]);
    await main(page).getByRole('button', { name: 'Receive from other machines' }).click();
    await expect(main(page).getByRole('heading', { name: 'No host sends yet' })).toBeVisible();
    expect((await door.settings()).settings.hub).toMatchObject({ enabled: true });
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Hosts' })).toBeVisible();
  });
});
