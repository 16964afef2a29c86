import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { Answering } from './answering.ts';
import { expect, show, test } from './door.ts';

const main = (page: Page) => page.getByRole('main');
const save = (page: Page) => main(page).getByRole('button', { name: 'Save', exact: true });
const cardOf = (page: Page, name: string) =>
  main(page)
    .getByRole('article')
    .filter({ has: page.getByRole('link', { name, exact: true }) });

test('with the keyboard alone a source is added, sampled and saved, and a rule drawn on what it found', async ({
  door,
}) => {
  await using endpoint = await new Answering({ queue: { waiting: 7 }, name: 'shop' }).start();
  const { page } = door;
  const { keyboard } = page;
  await door.enter();
  const tabTo = async (target: ReturnType<Page['getByRole']>): Promise<void> => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    throw new Error('Tab does not reach it');
  };
  await main(page).focus();
  await keyboard.press('g');
  await keyboard.press('u');
  await tabTo(page.getByRole('link', { name: 'Add source' }));
  await keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'What do you want to watch?' })).toBeFocused();
  await keyboard.type('json answer');
  await expect(page.getByRole('option')).toHaveCount(1);
  await keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/sources\/new\?kind=http$/);
  await tabTo(page.getByRole('textbox', { name: 'Address' }));
  await keyboard.type(endpoint.address);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue(new URL(endpoint.address).host);
  await tabTo(page.getByRole('button', { name: 'Sample now' }));
  await keyboard.press('Enter');
  const table = page.getByRole('table');
  await expect(table.getByRole('row', { name: /queue\.waiting/ })).toContainText('7');
  await expect(table.getByRole('row', { name: /^Status code/ })).toContainText('200');
  expect((await door.settings()).settings.sources).toHaveLength(4);

  await tabTo(page.getByRole('button', { name: 'Make a rule on queue.waiting' }));
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'New rule' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Threshold' })).toHaveValue('7');
  await tabTo(page.getByRole('textbox', { name: 'Name' }));
  await keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/rules\/(?!new)/);
  const { sources, rules } = (await door.settings()).settings;
  expect(sources[4]).toEqual({
    name: new URL(endpoint.address).host,
    kind: 'http',
    enabled: true,
    url: endpoint.address,
    method: 'GET',
    verifyCertificate: true,
  });
  expect(rules[3]).toMatchObject({ source: sources[4]!.name, metric: 'queue.waiting', threshold: 7 });
});

test('a card says what its source found, or why it finds nothing, and has its switch', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(({ sources }) => {
    sources.push({ name: 'Gone', kind: 'disk', enabled: true, path: '/no/such/place', intervalSeconds: 0.5 });
  });
  await door.enter('#/overview');
  await expect(main(page).getByText('1 source cannot be sampled')).toBeVisible();
  await main(page).getByRole('status').getByRole('link', { name: 'Gone' }).click();
  await expect(page).toHaveURL(/#\/sources\/Gone$/);
  await page.goto(`${door.address}#/sources`);
  await expect(main(page).getByText('1 does not work')).toBeVisible();
  await expect(main(page).getByRole('article').first()).toContainText(
    /Gone.*\/no\/such\/place cannot be read/s,
  );
  const memory = cardOf(page, 'Memory');
  await expect(memory).toContainText(/\d\s%.*GiB.*5 more values.*sampled \d+\ss ago · every 0\.5\ss/s);
  await memory.getByRole('switch').click();
  await expect(memory).toContainText('Off');
  await expect.poll(async () => (await door.status()).sources[1]).toMatchObject({ enabled: false });
  await memory.getByRole('switch').click();
  await expect(memory).toContainText(/sampled/);

  await page.getByRole('link', { name: 'Gone' }).click();
  await expect(
    main(page)
      .getByText(/no\/such\/place/)
      .last(),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.getByText('It could not be sampled')).toBeVisible();
  await page.goBack();
  await expect(main(page).getByRole('heading', { name: 'Sources', level: 1 })).toBeVisible();
});

test('an interval that is changed is in force at once, a wrong one is not saved, and leaving asks', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/sources/memory');
  const interval = page.getByRole('textbox', { name: 'Interval' });
  for (const wrong of ['0', 'x', '1e3', '-']) {
    await interval.fill(wrong);
    await expect(interval, wrong).toHaveAttribute('aria-invalid', 'true');
    await save(page).click();
    await expect(interval).toBeFocused();
  }
  expect((await door.status()).sources[1]?.intervalSeconds).toBe(0.5);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stay here' }).click();
  await expect(interval).toHaveValue('-');

  const writes: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') writes.push(request.method());
  });
  await interval.fill('3');
  await save(page).evaluate((button: HTMLButtonElement) => {
    for (let press = 0; press < 50; press += 1) button.click();
  });
  await expect(page.getByText('“memory” is saved.')).toBeVisible();
  for (let press = 0; press < 5; press += 1) await interval.press('Enter');
  await expect.poll(async () => (await door.status()).sources[1]?.intervalSeconds).toBe(3);
  expect(writes).toEqual(['PATCH']);
  expect(door.readSettings()).toMatch(/kind: memory\n +intervalSeconds: 3\n/);
});

test('a source that is renamed keeps its rules, and its address follows', async ({ door }) => {
  const { page } = door;
  await door.enter('#/sources/memory');
  await page.getByRole('textbox', { name: 'Name' }).fill(' Main memory ');
  await save(page).click();
  await expect(page).toHaveURL(/#\/sources\/Main%20memory$/);
  await expect(page.getByRole('heading', { name: 'Main memory' })).toBeVisible();
  const { sources, rules } = (await door.settings()).settings;
  expect([sources[1]!.name, rules[1]!.source]).toEqual(['Main memory', 'Main memory']);
});

test('a source that other rules ask for is renamed in them too, and goes with them', async ({ door }) => {
  const { page } = door;
  const { sources } = (await door.settings()).settings;
  await door.changeSettings(({ rules }) => {
    rules[0]!.all = [
      { source: 'memory', metric: 'memory_percent', comparison: 'greater_than', threshold: 1 },
    ];
    rules[2]!.expression = 'value + memory.memory_percent';
  });
  await door.enter('#/sources/memory');
  await page.getByRole('textbox', { name: 'Name' }).fill('Main memory');
  await save(page).click();
  await expect(page.getByText('“Main memory” is saved.')).toBeVisible();
  const { rules } = (await door.settings()).settings;
  expect(rules[0]!.all?.[0]?.source).toBe('Main memory');
  expect(rules[2]!.expression).toBe('value + "Main memory".memory_percent');

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'and its rules?' });
  await expect(dialog.getByRole('listitem')).toHaveCount(3);
  await dialog.getByRole('button', { name: 'Delete all' }).click();
  await expect(page).toHaveURL(/#\/sources$/);
  expect((await door.settings()).settings.rules).toEqual([]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(main(page).getByRole('article')).toHaveCount(sources.length);
  expect((await door.settings()).settings.rules).toEqual(rules);
});

test('Undo brings a source back without the rule that asks for another one which is gone meanwhile', async ({
  door,
}) => {
  const { page } = door;
  await door.changeSettings(({ rules }) => void (rules[0]!.expression = 'value + memory.memory_percent'));
  await door.enter('#/sources/memory');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete all' }).click();
  await expect(page).toHaveURL(/#\/sources$/);
  await door.changeSettings((settings) => {
    settings.sources = settings.sources.filter(({ name }) => name !== 'cpu');
  });
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText(/“memory” is back, but not its rule .*: Processor too busy$/)).toBeVisible();
  const { sources, rules } = (await door.settings()).settings;
  expect(sources.map(({ name }) => name)).toContain('memory');
  expect(rules.map(({ id }) => id).toSorted()).toEqual(['disk-high', 'memory-high']);
});

test('a source goes with the rules on it, which are named before, and Undo brings all of them back', async ({
  door,
}) => {
  const { page } = door;
  const before = (await door.settings()).settings;
  await door.enter('#/sources/memory');
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete “Memory” and its rules?' });
  await expect(dialog.getByRole('listitem')).toHaveText(['Memory too full']);
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete all' }).click();
  await expect(page).toHaveURL(/#\/sources$/);
  await expect(main(page).getByRole('article')).toHaveCount(3);
  expect((await door.settings()).settings.rules.map(({ id }) => id)).toEqual(['cpu-high', 'disk-high']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(main(page).getByRole('article')).toHaveCount(4);
  expect((await door.settings()).settings).toEqual(before);
});

test('a source that was changed elsewhere meanwhile is not overwritten, and the edit is not lost', async ({
  door,
}) => {
  door.tolerate(/status of 409/);
  const { page } = door;
  await door.enter('#/sources/memory');
  const interval = page.getByRole('textbox', { name: 'Interval' });
  await interval.fill('7');
  await door.changeSettings(({ sources }) => void (sources[1]!.intervalSeconds = 9));
  await save(page).click();
  await expect(page.getByText('“memory” was changed elsewhere meanwhile')).toBeVisible();
  await expect(page.getByText('Different there: Interval')).toBeVisible();
  await expect(interval).toHaveValue('7 s');
  expect((await door.settings()).settings.sources[1]!.intervalSeconds).toBe(9);
  await page.getByRole('button', { name: 'Take the other version' }).click();
  await expect(interval).toHaveValue('9 s');
  await interval.fill('8');
  await door.changeSettings(({ monitoring }) => void (monitoring.rawRetentionHours = 24));
  await save(page).click();
  await expect(page.getByText('“memory” is saved.')).toBeVisible();
  const { settings } = await door.settings();
  expect([settings.sources[1]!.intervalSeconds, settings.monitoring.rawRetentionHours]).toEqual([8, 24]);
});

test('a form in which nothing was typed shows what is changed elsewhere', async ({ door }) => {
  const { page } = door;
  await door.enter('#/sources/memory');
  const interval = page.getByRole('textbox', { name: 'Interval' });
  await expect(interval).toHaveValue('0.5 s');
  await door.changeSettings(({ sources }) => void (sources[1]!.intervalSeconds = 9));
  await expect(interval).toHaveValue('9 s');
  await expect(save(page)).toBeDisabled();
});

test('a secret goes to the store of this machine and is never seen again', async ({ door }) => {
  await using endpoint = await new Answering({ a: 1 }).start();
  const { page } = door;
  await door.enter('#/sources/new?kind=http');
  await page.getByRole('textbox', { name: 'Address' }).fill(endpoint.address);
  await page.getByText('More settings').click();
  const headers = page.getByRole('group', { name: 'Headers' });
  await headers.getByRole('button', { name: 'Add' }).click();
  await page.keyboard.type('Authorization');
  await expect(headers.getByRole('switch', { name: 'Authorization is secret' })).toBeChecked();
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.getByText('It is marked in the form.')).toBeVisible();
  const typed = headers.getByLabel('Value of Authorization', { exact: true });
  await expect(typed).toHaveAttribute('type', 'password');
  await typed.fill('Bearer hunter2');
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.getByRole('table')).toBeVisible();
  expect(endpoint.asked.at(-1)?.authorization).toBe('Bearer hunter2');
  await save(page).click();
  await expect(headers.getByText('Stored on this machine')).toBeVisible();
  await expect(typed).toHaveCount(0);
  expect(JSON.stringify(await door.settings())).not.toContain('hunter2');
  expect(door.readSettings()).not.toContain('hunter2');
  expect(await page.content()).not.toContain('hunter2');
  await expect.poll(() => endpoint.asked.at(-1)?.authorization).toBe('Bearer hunter2');

  await headers.getByRole('button', { name: 'Replace: Value of Authorization' }).click();
  await headers.getByRole('combobox').selectOption('Environment variable');
  await headers.getByRole('textbox', { name: 'Value of Authorization' }).fill('SHOP_TOKEN');
  await save(page).click();
  await expect
    .poll(async () => (await door.settings()).settings.sources[4])
    .toMatchObject({
      headers: { Authorization: { env: 'SHOP_TOKEN' } },
    });
  await page.reload();
  await page
    .getByText('More settings')
    .click({ trial: true })
    .catch(() => undefined);
  await expect(headers.getByText('From the environment variable SHOP_TOKEN')).toBeVisible();
});

test('what the engine refuses stands at its field, the header included', async ({ door }) => {
  door.tolerate(/status of 4\d\d/);
  const { page } = door;
  await door.enter('#/sources/new?kind=http');
  const address = page.getByRole('textbox', { name: 'Address' });
  await save(page).click();
  await expect(address).toHaveAccessibleDescription(/This is needed/);
  await address.fill('ftp://example.org');
  await page.getByText('More settings').click();
  await page.getByRole('group', { name: 'Headers' }).getByRole('button', { name: 'Add' }).click();
  await page.keyboard.type('not a name');
  await save(page).click();
  await expect(address).toHaveAttribute('aria-invalid', 'true');
  await expect(address).toBeFocused();
  await expect(page.getByRole('textbox', { name: 'Name, number 1' })).toHaveAttribute('aria-invalid', 'true');
  await address.fill('http://127.0.0.1:9/');
  await expect(address).toHaveAttribute('aria-invalid', 'false');
  expect((await door.settings()).settings.sources).toHaveLength(4);
});

test('a megabyte that is pasted into any field is cut and does not hold the window up', async ({ door }) => {
  const { page } = door;
  await door.enter('#/sources/new?kind=http');
  await page.getByText('More settings').click();
  await page.getByRole('group', { name: 'Headers' }).getByRole('button', { name: 'Add' }).click();
  const fields = main(page).locator('input:not([type=checkbox]), textarea');
  const count = await fields.count();
  expect(count).toBeGreaterThan(7);
  for (let index = 0; index < count; index += 1) {
    const [tookMs, length] = await fields.nth(index).evaluate((field: HTMLInputElement) => {
      field.focus();
      const began = performance.now();
      // As pasting does it: the field's own bound is asked. Nothing else does, deprecated or not.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      document.execCommand('insertText', false, 'x'.repeat(1_000_000));
      return new Promise<[number, number]>((resolve) =>
        setTimeout(() => resolve([performance.now() - began, field.value.length])),
      );
    });
    expect(length, `field ${index}`).toBeLessThanOrEqual(20_000);
    expect(tookMs, `field ${index}`).toBeLessThan(100);
  }
});

test('back leads from the form to the search and to the list', async ({ door }) => {
  const { page } = door;
  await door.enter('#/sources');
  await page.getByRole('link', { name: 'Add source' }).click();
  await page.getByRole('option', { name: /^Disk How/ }).click();
  await expect(page.getByRole('heading', { name: 'New source: Disk' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Path' }).fill('/data');
  await page.goBack();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard changes' }).click();
  await expect(page.getByRole('heading', { name: 'What do you want to watch?' })).toBeVisible();
  await show(page, '#/sources/no such source');
  await expect(page.getByRole('heading', { name: 'There is no such source' })).toBeVisible();
  await show(page, '#/sources/disk');
  await expect(page.getByRole('heading', { name: 'Disk', level: 1 })).toBeVisible();
});

test('a source that others feed shows the lines that feed it, and they do', async ({ door }) => {
  const { page } = door;
  await door.changeSettings(({ sources }) => {
    sources.push({ name: 'green house', kind: 'push', enabled: true });
  });
  await door.enter('#/sources/green%20house');
  const lines = main(page).getByRole('region', { name: 'Lines for a terminal' });
  await expect(lines).toContainText('curl');
  await expect(main(page).getByRole('button', { name: 'Sample now' })).toHaveCount(0);
  const program = join(import.meta.dirname, '../dist/plimsoll.mjs');
  const asInstalled = `plimsoll() { "${process.execPath}" "${program}" "$@" --data "${door.dataDirectory}"; }`;
  const { stdout } = await promisify(execFile)('bash', ['-c', `${asInstalled}\n${await lines.innerText()}`]);
  expect(JSON.parse(stdout)).toEqual({ accepted: 1 });
  expect((await door.status()).latest.find(({ source }) => source === 'green house')).toMatchObject({
    metric: 'value',
    value: 23.1,
  });
});

test('a kind is found by what people call it, by keys as by pointer, and Escape leads back', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/sources/new');
  const field = page.getByRole('combobox', { name: 'What do you want to watch?' });
  const options = page.getByRole('option');
  await expect(options.first()).toContainText('HTTP');
  for (const [looked, kind] of [
    ['website', 'HTTP'],
    ['ssl', 'certificate'],
    ['docker', ''],
    ['swap', 'Memory'],
    ['inode', 'Mounts'],
    ['service', ''],
    ['internet', ''],
    ['nagios', 'Script'],
    ['log', 'File'],
    ['disk space', 'Disk'],
    ['Festplatte', 'Disk'],
  ] as const) {
    await field.fill(looked);
    await expect(page.getByRole('option', { selected: true })).toContainText(new RegExp(kind, 'i'));
  }

  // What nobody calls anything so is answered with all there is, each to be chosen; Enter alone takes none of them.
  await field.fill('quux');
  await expect(page.getByText('No kind is called “quux”')).toBeVisible();
  expect(await options.count()).toBeGreaterThan(15);
  await page.keyboard.press('Enter');
  await expect(field).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(options.first()).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(options.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/sources\/new\?kind=ping$/);

  await page.goBack();
  await field.fill('web');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sources');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/#\/overview$/);
});
