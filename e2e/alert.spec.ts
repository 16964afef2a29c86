import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../src-main/contract/alert.ts';
import { expect, test } from './door.ts';
import type { Door } from './door.ts';
import { calmSettings, crossedSettings, memoryRule } from './settings.ts';

const exportsIn = (door: Door, ending: string): string[] =>
  readdirSync(join(door.directory, 'exports')).filter((name) => name.endsWith(ending));
const iconOf = (door: Door): Promise<string | null> =>
  door.page.locator('link[rel="icon"]').getAttribute('href');

test.describe('a line is crossed', () => {
  const intervalMs = 1000;
  const { sources, ...calm } = calmSettings();
  test.use({
    plimsoll: {
      settings: {
        ...calm,
        sources: sources.map((source) => ({ ...source, intervalSeconds: intervalMs / 1000 })),
      },
    },
  });

  test('the window shows it within one interval, in words, title and icon', async ({ door }) => {
    const { page } = door;
    await door.enter();
    await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
    await expect(page).toHaveTitle('All below the line · Plimsoll');
    expect(await iconOf(door)).toContain('marks/ok.svg');

    const shownAt = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const look = new MutationObserver(() => {
            if (document.querySelector('h1')?.textContent !== '1 line crossed') return;
            look.disconnect();
            resolve(Date.now());
          });
          look.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
    );
    await door.changeSettings(({ rules }) => void Object.assign(rules[1] ?? {}, { threshold: 0.5 }));
    const seen = await shownAt;
    const [alert] = (await door.status()).alerts;
    expect(seen - (alert?.firedAt ?? 0)).toBeLessThan(intervalMs);

    const card = page.getByRole('region', { name: 'Needs attention' }).getByRole('article');
    await expect(card.getByRole('heading')).toHaveText(/^Memory above 0\.5\s% for \d+\ss$/);
    await expect(card).toContainText(/now \d+\.\d\s%/);
    await expect(page).toHaveTitle('1 line crossed · Plimsoll');
    expect(await iconOf(door)).toContain('marks/warning.svg');
    await expect(page.getByRole('link', { name: /^Alerts 1\sactive$/ })).toBeVisible();
  });
});

test.describe('an alert', () => {
  test.use({ plimsoll: { settings: crossedSettings() } });

  test('says why it fired: rule, values, transitions with reasons, and who was told', async ({ door }) => {
    const { page } = door;
    await door.enter();
    await page.getByRole('link', { name: 'Why?' }).click();
    await expect(page).toHaveURL(/#\/alerts\/.+/);
    await expect(page.getByRole('region', { name: 'Alerts' }).getByRole('listitem')).toHaveCount(1);

    const card = page.getByRole('article', { name: 'Memory too full' });
    await expect(card.getByRole('heading', { level: 2 })).toHaveText(/^Memory above 0\.5\s% for \d+\ss$/);
    await expect(card).toContainText(/Memory above 0\.5\s% for 2 samples in a row →\s+Warning/);
    for (const name of ['Fired at', 'Worst', 'Now']) {
      const value = card.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) });
      await expect(value.getByRole('definition'), name).toHaveText(/^\d+\.\d\s%$/);
    }
    const moved = card
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'What happened' }) });
    await expect(moved.getByRole('listitem')).toHaveCount(1);
    await expect(moved).toContainText('Line crossed');
    await expect(moved).toContainText('crossed for as many samples as the rule asks. Announced.');

    const told = card.locator('section').filter({ has: page.getByRole('heading', { name: 'Who was told' }) });
    await expect(told).toContainText('Delivered');
    const [json] = exportsIn(door, '.json');
    expect(json).toBeDefined();
    await expect(told).toContainText(json!);
    await expect(told).toContainText(join(door.directory, 'exports'));
    await expect(card.getByRole('group', { name: 'Memory over time' })).toBeVisible();
  });

  test('says when it was snoozed, lets itself be acknowledged and not, and hides the list where there is no room', async ({
    door,
  }) => {
    const { page } = door;
    const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length === 1);
    await door.enter(`#/alerts/${alerts[0]!.id}?q=nothing-is-called-so`);
    const card = page.getByRole('article', { name: 'Memory too full' });
    await card.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: '1 hour' }).click();
    const moved = card
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'What happened' }) })
      .getByRole('listitem');
    await expect(moved).toHaveCount(2);
    await expect(moved.last()).toContainText('Snoozed until');
    const { alert } = await door.api<{ alert: Alert }>(`alerts/${alerts[0]!.id}`);
    await expect(moved.last().locator('time')).toHaveAttribute(
      'datetime',
      new Date(alert.snoozedAt!).toISOString(),
    );
    // Undoing it takes it back, and so does the menu.
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
    await expect(moved).toHaveCount(3);
    await expect(moved.last()).toContainText('Snooze taken back');
    await card.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: 'Until it is over' }).click();
    await expect(moved.last()).toContainText('Snoozed until it is over');
    await card.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: 'End the snooze' }).click();
    await expect(moved.last()).toContainText('Snooze taken back');
    await expect(card).not.toContainText('Snoozed until');
    await card.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await expect(moved).toHaveCount(4);
    await card.getByRole('button', { name: 'Hand back' }).click();
    await expect(card.getByRole('button', { name: 'Acknowledge', exact: true })).toBeVisible();
    await expect(moved).toHaveCount(3);

    const nothing = page.getByRole('link', { name: 'Show all' });
    await expect(nothing).toBeVisible();
    await page.setViewportSize({ width: 320, height: 800 });
    await expect(nothing).toBeHidden();
    await expect(card).toBeVisible();
  });

  test('is exported with the record that S0 wrote, as JSON and CSV', async ({ door }) => {
    const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length === 1);
    const alert = alerts[0]!;
    await expect
      .poll(() =>
        door.api<{ deliveries: { state: string }[] }>(`alerts/${alert.id}`).then((of) => of.deliveries),
      )
      .toMatchObject([{ state: 'sent' }]);

    const [json] = exportsIn(door, '.json');
    const record = JSON.parse(readFileSync(join(door.directory, 'exports', json!), 'utf8'));
    expect(record).toMatchObject({
      timestamp: new Date(alert.firedAt).toISOString(),
      data_source: 'memory',
      metric_name: 'memory_percent',
      value: alert.firedValue,
      threshold_violated: true,
      threshold_value: 0.5,
      metadata: {
        rule: {
          threshold_type: 'greater_than',
          threshold_value: 0.5,
          consecutive_violations: 2,
          enabled: true,
        },
        all_metrics: { memory_percent: alert.firedValue },
        data_source_config: { name: 'memory', type: 'memory', interval: 0.5, enabled: true },
      },
    });
    const [csv] = exportsIn(door, '.csv');
    const [head, row] = readFileSync(join(door.directory, 'exports', csv!), 'utf8').split(/\r?\n/);
    expect(head).toMatch(/^timestamp,data_source,metric_name,value,threshold_violated,threshold_value/);
    expect(row).toContain(`memory,memory_percent,${alert.firedValue},`);
  });

  test('resolves when its line is raised in the editor, and stays in the list', async ({ door }) => {
    const { page } = door;
    await door.enter('#/rules');
    await page.getByRole('link', { name: 'Memory too full' }).click();
    await page.getByRole('textbox', { name: 'Threshold' }).fill('99.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('“Memory too full” is saved.')).toBeVisible();

    await page.getByRole('link', { name: 'Overview' }).click();
    await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Needs attention' })).toHaveCount(0);
    await expect(page).toHaveTitle('All below the line · Plimsoll');
    await expect.poll(() => iconOf(door)).toContain('marks/ok.svg');

    await page.getByRole('link', { name: 'Alerts' }).click();
    const list = page.getByRole('region', { name: 'Alerts' });
    await page.getByRole('link', { name: 'Active' }).click();
    await expect(list.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
    await page.getByRole('link', { name: 'Past' }).click();
    await expect(list.getByRole('listitem')).toHaveText(/Memory was above .+ for \d+\ss/);
    await list.getByRole('listitem').getByRole('link').click();
    const card = page.getByRole('article', { name: 'Memory too full' });
    await expect(card).toContainText('The value came back within its line.');
    const [past] = await door.api<Alert[]>('alerts?limit=10');
    expect(past).toMatchObject({ state: 'resolved', ruleId: memoryRule().id });
  });

  test('that is over does not come back with an answer that was under way', async ({ door }) => {
    const { page } = door;
    await door.enter();
    await expect(page.getByRole('heading', { name: '1 line crossed' })).toBeVisible();
    let overtaken = 0;
    await page.route('**/api/v1/status', async (route) => {
      const answer = await route.fetch();
      await door.statusWhen('resolve', ({ alerts }) => alerts.length === 0);
      await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
      overtaken += 1;
      await route.fulfill({ response: answer });
    });
    const asked = page.waitForRequest('**/api/v1/status');
    await door.changeSettings(({ rules }) => void Object.assign(rules[1] ?? {}, { threshold: 99.5 }));
    await asked;
    await expect.poll(() => overtaken).toBeGreaterThan(0);
    await expect(page.getByRole('meter', { name: 'Memory' })).toHaveAttribute(
      'aria-valuetext',
      /within its line/,
    );
    await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
  });
});
