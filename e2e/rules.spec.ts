import type { Page } from '@playwright/test';
import type { Alert } from '../src-main/contract/alert.ts';
import type { Kinds } from '../src-main/contract/kind.ts';
import type { Rule } from '../src-main/contract/rule.ts';
import { expect, show, test } from './door.ts';
import type { Door } from './door.ts';
import { pageOverflow } from './everywhere.ts';
import { intoClipboard, longestTask } from './longest-task.ts';
import { calmSettings, crossedSettings, memoryRule } from './settings.ts';

const ruleOf = async (door: Door, id = 'memory-high'): Promise<Rule | undefined> =>
  (await door.settings()).settings.rules.find((rule) => rule.id === id);
const threshold = (page: Page) => page.getByRole('textbox', { name: 'Threshold' });
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true });

async function edit(door: Door): Promise<void> {
  await door.enter('#/rules/memory-high');
  await expect(door.page.getByRole('heading', { name: 'Memory too full' })).toBeVisible();
}

test('a rule is switched off and on in the list', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Memory too full' }) });
  await expect(row).toContainText('Within its line');
  await row.getByRole('switch').click();
  await expect(row.getByRole('switch')).not.toBeChecked();
  await expect(row).toContainText('Off');
  expect(await ruleOf(door)).toMatchObject({ enabled: false });
  await row.getByRole('switch').click();
  await expect(row.getByRole('switch')).toBeChecked();
  expect(await ruleOf(door)).toMatchObject({ enabled: true });
});

test('every field of a rule is edited with the keyboard alone', async ({ door }) => {
  const { page } = door;
  await edit(door);
  const { keyboard } = page;
  const to = async (role: 'textbox' | 'combobox' | 'slider', name: string): Promise<void> => {
    const field = page.getByRole('form').or(page.locator('form')).getByRole(role, { name, exact: true });
    for (let presses = 0; presses < 40; presses += 1) {
      if (await field.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  await page.locator('#main').focus();
  await to('combobox', 'Metric');
  await keyboard.type('Memory, avail');
  await to('combobox', 'Comparison');
  await keyboard.type('below');
  await to('textbox', 'Threshold');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('64.5');
  await to('textbox', 'Samples in a row');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('7');
  await to('combobox', 'Severity');
  await keyboard.type('Crit');
  await to('textbox', 'Cooldown');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('1.5 h');
  await to('textbox', 'Name');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('Little memory left');
  await to('slider', 'Threshold');
  await keyboard.press('Shift+Tab');
  await to('slider', 'Threshold');
  await page.locator('#main').focus();
  await to('combobox', 'Source');
  await keyboard.type('Memory');
  await to('textbox', 'Name');
  await keyboard.press('Enter');

  await expect(page.getByText('“Little memory left” is saved.')).toBeVisible();
  expect(await ruleOf(door)).toEqual({
    id: 'memory-high',
    name: 'Little memory left',
    enabled: true,
    source: 'memory',
    metric: 'memory_available',
    comparison: 'less_than',
    threshold: 64.5 * 1024 ** 2,
    consecutiveViolations: 7,
    severity: 'critical',
    cooldownSeconds: 5400,
  });
});

test('the line is dragged in the chart, and moved with the arrow keys', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(({ rules }) => void Object.assign(rules[1] ?? {}, { threshold: 60 }));
  await edit(door);
  const line = page.getByRole('slider', { name: 'Threshold' });
  // What history answers moves the scale, and the line with it.
  const place = async () => JSON.stringify(await line.boundingBox());
  await expect(async () => {
    const before = await place();
    await page.waitForTimeout(500);
    expect(await place()).toBe(before);
  }).toPass();
  const box = (await line.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y - 20);
  await page.mouse.move(x, y - 40);
  await page.mouse.up();
  const dragged = Number(await threshold(page).inputValue());
  expect(dragged).toBeGreaterThan(65);
  expect(dragged).toBeLessThan(99);

  await line.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const moved = Number(await threshold(page).inputValue());
  expect(moved).toBeLessThan(dragged);
  await expect(line).toHaveAttribute('aria-valuenow', String(moved));
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(moved);
});

test('a new rule is made, with a name that says what it does', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules');
  await page.getByRole('link', { name: 'New rule' }).click();
  await page.getByRole('combobox', { name: 'Source' }).selectOption({ label: 'Disk' });
  await threshold(page).fill('97.5');
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Disk above 97.5 %');
  await save(page).click();
  await expect(page).toHaveURL(/#\/rules\/(?!new)/);
  await page.getByRole('link', { name: 'Rules' }).first().click();
  await expect(page.getByRole('link', { name: 'Disk above 97.5 %' })).toBeVisible();
  const { settings } = await door.settings();
  expect(settings.rules).toHaveLength(4);
  expect(settings.rules[3]).toMatchObject({ source: 'disk', metric: 'disk_percent', threshold: 97.5 });
});

test('a deleted rule comes back as it was with Undo, and stays away without', async ({ door }) => {
  const { page } = door;
  const { rules } = (await door.settings()).settings;
  await edit(door);
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/#\/rules$/);
  await expect(page.getByRole('link', { name: 'Memory too full' })).toHaveCount(0);
  expect(await ruleOf(door)).toBeUndefined();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('link', { name: 'Memory too full' })).toBeVisible();
  expect((await door.settings()).settings.rules).toEqual(rules);

  await page.getByRole('link', { name: 'Disk too full' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('status').getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Memory too full' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Disk too full' })).toHaveCount(0);
  expect(await ruleOf(door, 'disk-high')).toBeUndefined();
});

test('leaving with unsaved changes asks', async ({ door }) => {
  const { page } = door;
  await edit(door);
  await threshold(page).fill('42');
  await page.getByRole('link', { name: 'Overview' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Stay here' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(threshold(page)).toHaveValue('42');
  await expect(page).toHaveURL(/#\/rules\/memory-high/);

  await page.goBack();
  await page.keyboard.press('Escape');
  await expect(threshold(page)).toHaveValue('42');

  await show(page, '#/alerts');
  await dialog.getByRole('button', { name: 'Discard changes' }).click();
  await expect(page.getByRole('heading', { name: 'Alerts', level: 1 })).toBeVisible();
  expect(await ruleOf(door)).toMatchObject({ threshold: 99.9 });
});

test('Save pressed fifty times writes once', async ({ door }) => {
  const { page } = door;
  await edit(door);
  const writes: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    // What the rule would have done is asked with the rule as a body.
    if (request.method() === 'GET' || pathname.endsWith('/rules/backtest')) return;
    writes.push(`${request.method()} ${pathname}`);
  });
  await threshold(page).fill('88');
  await save(page).evaluate((button: HTMLButtonElement) => {
    for (let press = 0; press < 50; press += 1) button.click();
  });
  await expect(page.getByText('“Memory too full” is saved.')).toBeVisible();
  for (let press = 0; press < 5; press += 1) await threshold(page).press('Enter');
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(88);
  expect(writes).toEqual(['PUT /api/v1/rules/memory-high']);
});

test('a rule that was edited by hand meanwhile is not overwritten, and the edit is not lost', async ({
  door,
}) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await edit(door);
  await threshold(page).fill('60');
  const byHand = door.readSettings().replace('threshold: 99.9', 'threshold: 70 # by hand');
  door.writeSettings(byHand);
  await save(page).click();
  await expect(
    page.getByText('Nothing was saved').or(page.getByText('changed elsewhere meanwhile')),
  ).toBeVisible();
  expect(door.readSettings()).toBe(byHand);
  await expect(threshold(page)).toHaveValue('60');

  await expect.poll(async () => (await ruleOf(door))?.threshold, { timeout: 8000 }).toBe(70);
  await save(page).click();
  await expect(page.getByText('This rule was changed elsewhere meanwhile')).toBeVisible();
  expect(door.readSettings()).toBe(byHand);
  await expect(threshold(page)).toHaveValue('60');

  await page.getByRole('button', { name: 'Take the other version' }).click();
  await expect(threshold(page)).toHaveValue('70');
  await threshold(page).fill('61');
  await save(page).click();
  await expect.poll(() => door.readSettings()).toContain('threshold: 61 # by hand');
});

test('a form in which nothing was typed shows what is edited by hand', async ({ door }) => {
  const { page } = door;
  await edit(door);
  door.writeSettings(door.readSettings().replace('threshold: 99.9', 'threshold: 70'));
  await expect.poll(async () => (await ruleOf(door))?.threshold, { timeout: 8000 }).toBe(70);
  await expect(threshold(page)).toHaveValue('70');
  await expect(save(page)).toBeDisabled();
  await threshold(page).fill('71');
  await save(page).click();
  await expect(page.getByText('“Memory too full” is saved.')).toBeVisible();
  expect(await ruleOf(door)).toMatchObject({ threshold: 71 });
});

test('a rule says that its source is off', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(({ sources }) => void (sources[1]!.enabled = false));
  await door.enter('#/rules');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Memory too full' }) });
  await expect(row).toContainText('The source is off');
  await expect(row).not.toContainText('sample pending');
});

test('what the engine refuses stands at its field', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await edit(door);
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('DISK too full');
  await save(page).click();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(name).toHaveAccessibleDescription(/is already the name/);
  expect(await ruleOf(door)).toMatchObject({ name: 'Memory too full' });
  await expect(name).toHaveValue('DISK too full');
  await name.fill('Memory is full');
  await expect(name).toHaveAttribute('aria-invalid', 'false');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.name).toBe('Memory is full');
});

test('what is seldom needed is folded, said in the sentence, and refused at its field', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await edit(door);
  const critical = page.getByRole('textbox', { name: 'Critical threshold' });
  await expect(critical).toBeHidden();
  await page.getByText(/^More: critical/).click();
  await critical.fill('1');
  await page.getByRole('switch', { name: 'Judge a window of time' }).click();
  await page.getByRole('switch', { name: 'Missing data' }).click();
  await expect(page.getByText(/^Tell\s+exports\s*, at most every/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Recovery line' }).fill('90');
  await page.getByRole('textbox', { name: 'Clear after' }).fill('1');
  await save(page).click();
  await expect(critical).toHaveAttribute('aria-invalid', 'true');
  await expect(critical).toHaveAccessibleDescription(/must be above the threshold/);
  await critical.fill('120');
  await save(page).click();
  await expect
    .poll(async () => ruleOf(door))
    .toMatchObject({
      criticalThreshold: 120,
      clearAfterSeconds: 60,
      recoveryThreshold: 90,
      window: { function: 'avg', seconds: 300 },
      noData: { policy: 'alert', afterSeconds: 300 },
    });
  expect(await pageOverflow(page)).toBe(0);
  await door.enter('#/rules');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Memory too full' }) });
  await expect(row).toContainText('critical above 120 %');
  await expect(row).toContainText('average of 5 min');
  await page.getByRole('link', { name: 'Memory too full' }).click();
  await page.getByRole('combobox', { name: 'Comparison' }).selectOption('between');
  await page.getByRole('textbox', { name: 'Upper threshold' }).fill('1');
  await save(page).click();
  await expect(page.getByRole('textbox', { name: 'Upper threshold' })).toHaveAccessibleDescription(
    'Must be above the lower one.',
  );
});

test('a time or a line that cannot be read is not left out of the rule', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(
    ({ rules }) =>
      void Object.assign(rules[1] ?? {}, { forSeconds: 300, clearAfterSeconds: 60, recoveryThreshold: 90 }),
  );
  await edit(door);
  const before = await ruleOf(door);
  for (const [name, known] of [
    ['For', '5 min'],
    ['Clear after', '1 min'],
    ['Recovery line', '90'],
  ] as const) {
    const field = page.getByRole('textbox', { name, exact: true });
    await expect(field).toHaveValue(known);
    await field.fill('10 mim');
    await save(page).click();
    await expect(field, name).toHaveAttribute('aria-invalid', 'true');
    await expect(field, name).toHaveValue('10 mim');
    expect(await ruleOf(door), name).toEqual(before);
    await field.fill(known);
    await expect(field, name).toHaveAttribute('aria-invalid', 'false');
  }
  const hold = page.getByRole('textbox', { name: 'For', exact: true });
  await hold.fill('10 min');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.forSeconds).toBe(600);
  await hold.fill('');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.forSeconds).toBeUndefined();
});

test('what is typed while a rule is saved is neither saved nor lost', async ({ door }) => {
  const { page } = door;
  await edit(door);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/v1/rules/*', async (route) => {
    await held;
    await route.fallback();
  });
  await threshold(page).fill('88');
  await save(page).click();
  await threshold(page).fill('77');
  release();
  await expect(page.getByText('“Memory too full” is saved.')).toBeVisible();
  expect(await ruleOf(door)).toMatchObject({ threshold: 88 });
  await expect(threshold(page)).toHaveValue('77');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(77);
});

test('amounts and times are typed with their unit, and shown as everywhere else', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(
    ({ rules }) =>
      void Object.assign(rules[1] ?? {}, {
        ...{ metric: 'memory_available', comparison: 'less_than', threshold: 2 * 1024 ** 3 },
        cooldownSeconds: 30,
      }),
  );
  await edit(door);
  await expect(threshold(page)).toHaveValue('2 GiB');
  await threshold(page).fill('500 MB');
  await page.getByRole('textbox', { name: 'Recovery line' }).fill('1.5 gib');
  await page.getByRole('textbox', { name: 'Clear after' }).fill('1 h 30 min');
  const cooldown = page.getByRole('textbox', { name: 'Cooldown' });
  await expect(cooldown).toHaveValue('30 s');
  await cooldown.fill('0.5');
  await expect(cooldown).toHaveAccessibleDescription('Whole seconds, at most seven days.');
  await cooldown.fill('5 parsecs');
  await expect(cooldown).toHaveAccessibleDescription(/^This is not a number. Write it like 5\smin\.$/);
  // Half a unit is no mistake while it is typed, and one when it is left like that.
  await cooldown.fill('30 mi');
  await expect(cooldown).toHaveAttribute('aria-invalid', 'false');
  await cooldown.press('Tab');
  await expect(cooldown).toHaveAttribute('aria-invalid', 'true');
  await cooldown.fill('30 min');
  await expect(cooldown).toHaveAttribute('aria-invalid', 'false');
  await save(page).click();
  await expect
    .poll(async () => ruleOf(door))
    .toMatchObject({
      threshold: 500_000_000,
      recoveryThreshold: 1.5 * 1024 ** 3,
      clearAfterSeconds: 5400,
      cooldownSeconds: 1800,
    });
  await page.reload();
  await expect(threshold(page)).toHaveValue('500 MB');
  await expect(page.getByRole('textbox', { name: 'Recovery line' })).toHaveValue('1.5 GiB');
  await expect(page.getByRole('textbox', { name: 'Clear after' })).toHaveValue('90 min');
  // A number alone is one of what stood there.
  await threshold(page).fill('750');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(750_000_000);
  await expect(cooldown).toHaveValue('30 min');
});

test('a name that was made for another limit is offered a new one, and changed by nobody else', async ({
  door,
}) => {
  const { page } = door;
  await door.changeSettings(
    ({ rules }) => void Object.assign(rules[1] ?? {}, { name: 'Memory above 80 %', threshold: 80 }),
  );
  await door.enter('#/rules/memory-high');
  const offer = page.getByRole('button', { name: /^Rename to/ });
  const name = page.getByRole('textbox', { name: 'Name' });
  await threshold(page).fill('90');
  await expect(offer).toHaveText('Rename to “Memory above 90 %”');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(90);
  expect(await ruleOf(door)).toMatchObject({ name: 'Memory above 80 %' });
  await offer.click();
  await expect(name).toHaveValue('Memory above 90 %');
  await expect(offer).toHaveCount(0);
  await name.fill('My own words');
  await expect(offer).toHaveCount(0);
});

test('a new rule begins with what its address names', async ({ door }) => {
  const { page } = door;
  await door.enter('#/rules/new?source=disk&metric=disk_free_gb&threshold=12.5');
  await expect(page.getByRole('combobox', { name: 'Source' })).toHaveValue('disk');
  await expect(page.getByRole('combobox', { name: 'Metric' })).toHaveValue('disk_free_gb');
  await expect(threshold(page)).toHaveValue('12.5 GiB');
  await show(page, '#/rules/new?source=gone&metric=nonsense&threshold=1e999');
  await expect(page.getByRole('combobox', { name: 'Source' })).toHaveValue('cpu');
  await expect(page.getByRole('combobox', { name: 'Metric' })).toHaveValue('cpu_percent');
  await expect(threshold(page)).toHaveValue('80');
});

test('a source that may have any metric takes any name', async ({ door }) => {
  const { page } = door;
  const { sources, ...rest } = calmSettings();
  door.writeSettings({
    ...rest,
    sources: [...sources, { name: 'Queue', kind: 'http', enabled: false, url: 'http://127.0.0.1:9/' }],
  });
  await expect.poll(async () => (await door.settings()).settings.sources.length, { timeout: 8000 }).toBe(5);
  await door.enter('#/rules/new?source=Queue');
  const metric = page.getByRole('combobox', { name: 'Metric' });
  await metric.selectOption({ label: 'Another metric…' });
  await expect(metric).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('queue_length');
  await threshold(page).fill('12');
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Queue: queue_length above 12');
  await save(page).click();
  await expect(page).toHaveURL(/#\/rules\/(?!new)/);
  await expect(metric).toHaveValue('queue_length');
  expect((await door.settings()).settings.rules[3]).toMatchObject({
    source: 'Queue',
    metric: 'queue_length',
    threshold: 12,
  });
});

test('what is seen of a source is listed, whatever its kind declares', async ({ door }) => {
  const { page } = door;
  // As the kind of a script will be, whose numbers nobody knows beforehand.
  await page.route('**/api/v1/kinds', async (route) => {
    const answer = await route.fetch();
    const kinds = (await answer.json()) as Kinds;
    for (const kind of kinds.sources) if (kind.kind === 'memory') kind.metrics = {};
    await route.fulfill({ response: answer, json: kinds });
  });
  await door.enter('#/rules/new?source=memory&metric=memory_free&threshold=5');
  const metric = page.getByRole('combobox', { name: 'Metric' });
  await expect(metric).toHaveValue('memory_free');
  await expect(metric.getByRole('option', { name: 'Memory, available' })).toBeAttached();
  await page.getByRole('combobox', { name: 'Source' }).selectOption('plimsoll');
  await expect(metric.getByRole('option')).not.toHaveCount(0);
});

test('a few rules are seen at a glance, many are looked through', async ({ door }) => {
  test.setTimeout(60_000);
  const { page } = door;
  const many = Array.from({ length: 297 }, (_, index) =>
    memoryRule({
      id: `many-${index}`,
      name: `Number ${index}`,
      severity: index === 7 ? 'critical' : 'warning',
    }),
  );
  await door.enter('#/rules');
  const main = page.getByRole('main');
  const rules = main.getByRole('listitem');
  await expect(rules).toHaveCount(3);
  await expect(page.getByRole('searchbox')).toHaveCount(0);

  const { rules: few, ...rest } = calmSettings();
  door.writeSettings({ ...rest, rules: [...few, ...many] });
  await expect(main).toContainText('300 of 300 rules', { timeout: 8000 });
  // Hundreds of them draw the same line on one level.
  await show(page, '#/overview');
  await expect(page.getByRole('meter').first()).toBeVisible();
  await show(page, '#/rules');
  await expect(main).toContainText('300 of 300 rules');
  // Rows are drawn as they are scrolled to.
  const first = await rules.count();
  expect(first).toBeLessThan(200);
  await rules.last().scrollIntoViewIfNeeded();
  await expect.poll(() => rules.count()).toBeGreaterThan(first);
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search the rules' })).toBeFocused();
  await page.keyboard.type('critical');
  await expect(rules).toHaveCount(1);
  await expect(main).toContainText('1 of 300 rules');
  await page.keyboard.press('Escape');
  await expect(main).toContainText('300 of 300 rules');
  await page.keyboard.type('nümber 29');
  await expect(rules).toHaveCount(10);
  await rules.filter({ hasText: 'Number 296' }).getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Number 296' })).toBeVisible();
  await page.goBack();
  await expect(rules).toHaveCount(10);
  await page.keyboard.press('/');
  await page.keyboard.type('quux');
  await expect(main).toContainText('No rule matches “quux”.');
});

test('a megabyte pasted into any field of a rule is cut and holds nothing up', async ({ door }) => {
  const { page } = door;
  await edit(door);
  await intoClipboard(page, '7 '.repeat(524_288));
  for (const name of ['Threshold', 'Samples in a row', 'Cooldown', 'Name']) {
    const field = page.getByRole('textbox', { name, exact: true });
    const paste = async (): Promise<void> => {
      await field.press('ControlOrMeta+a');
      await field.press('ControlOrMeta+v');
    };
    expect.soft(await longestTask(page, paste), name).toBeLessThan(100);
    expect.soft((await field.inputValue()).length, name).toBeLessThanOrEqual(1000);
    expect.soft(await field.getAttribute('aria-invalid'), name).toBe('true');
  }
  await page.reload();
});

test('the editor reflows in a window of 320 by 256 pixels, which is 400 % zoom', async ({ door }) => {
  const { page } = door;
  await page.setViewportSize({ width: 320, height: 256 });
  await edit(door);
  expect(await pageOverflow(page)).toBe(0);
  await threshold(page).fill('91');
  await save(page).click();
  await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(91);
});

test.describe('while it fires', () => {
  test.use({ plimsoll: { settings: crossedSettings() } });

  test('deleting says beforehand that its alert ends; Undo brings rule and alert back, and without it the alert ends', async ({
    door,
  }) => {
    test.slow();
    const { page } = door;
    const before = await ruleOf(door);
    const { alerts: fired } = await door.statusWhen('fire', ({ alerts }) => alerts.length === 1);
    await edit(door);
    await expect(page.getByText('It is firing now: deleting it ends its alert.')).toBeVisible();
    // Something else in the settings moved on: the rule is deleted all the same.
    door.tolerate(/status of 409/);
    await door.changeSettings(({ monitoring }) => void (monitoring.rawRetentionHours = 24));
    await page.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('status').filter({ hasText: '“Memory too full” is deleted.' })).toBeVisible();
    await door.changeSettings(({ monitoring }) => void (monitoring.rawRetentionHours = 48));
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => ruleOf(door)).toEqual(before);
    const after = await door.api<Alert[]>('alerts?limit=9');
    expect(after.map(({ id, state }) => [id, state])).toEqual([[fired[0]?.id, 'firing']]);

    await edit(door);
    await page.getByRole('button', { name: 'Delete' }).click();
    await expect(page).toHaveURL(/#\/rules$/);
    await expect
      .poll(async () => (await door.api<Alert[]>('alerts?limit=9')).map(({ id, state }) => [id, state]), {
        timeout: 40_000,
      })
      .toEqual([[fired[0]?.id, 'resolved']]);
  });
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE', plimsoll: { settings: calmSettings() } });

  test('numbers are read the way they are written there, and what is no number says so', async ({ door }) => {
    const { page } = door;
    await edit(door);
    const field = page.getByRole('textbox', { name: 'Schwelle' });
    await expect(field).toHaveValue('99,9');
    for (const [typed, said] of [
      ['-', 'Das ist keine Zahl. Schreibweise: 80,5.'],
      ['80.5.1', 'Das ist keine Zahl. Schreibweise: 80,5.'],
      ['1e9', 'Das ist keine Zahl. Schreibweise: 80,5.'],
      ['８０', 'Das ist keine Zahl. Schreibweise: 80,5.'],
      ['9007199254740993', 'Diese Zahl ist zu groß, um genau gespeichert zu werden.'],
      ['', 'Bitte eine Zahl eingeben.'],
      ['   ', 'Bitte eine Zahl eingeben.'],
    ] as const) {
      await field.fill(typed);
      await expect(field, typed).toHaveAttribute('aria-invalid', 'true');
      await expect(field, typed).toHaveAccessibleDescription(said);
      await field.press('Enter');
      await expect(field, typed).toHaveValue(typed);
    }
    expect(await ruleOf(door)).toMatchObject({ threshold: 99.9 });

    await field.fill('80,5');
    await expect(field).toHaveAttribute('aria-invalid', 'false');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await expect.poll(async () => (await ruleOf(door))?.threshold).toBe(80.5);
    const samples = page.getByRole('textbox', { name: 'Messungen in Folge' });
    for (const wrong of ['0', '1,5', '-1', '1000000000']) {
      await samples.fill(wrong);
      await expect(samples, wrong).toHaveAttribute('aria-invalid', 'true');
    }
  });
});
