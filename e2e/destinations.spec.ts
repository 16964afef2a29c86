import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kinds } from '../src-main/contract/kind.ts';
import { expect, show, test } from './door.ts';
import { crossedSettings } from './settings.ts';

test.use({ plimsoll: { settings: crossedSettings() } });

test('a destination says what became of the newest delivery, and a test what the other side says', async ({
  door,
}) => {
  const { page } = door;
  await door.statusWhen('fire', ({ alerts }) => alerts.length > 0);
  await door.enter('#/destinations');
  const card = page.getByRole('article').filter({ hasText: 'exports' });
  await expect(card).toContainText(/wrote memory_.*Delivered \d/s);
  await card.getByRole('link').click();
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('The test arrived')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`${door.directory}/exports`);
});

test('what went wrong is shown whole, with what was said, to be copied', async ({ door }) => {
  const { page } = door;
  const transcript = ['< 220 mail.example.org ESMTP', '> EHLO here', '< 550 No such user'];
  await page.route('**/api/v1/destinations/test', (route) =>
    route.fulfill({
      json: {
        arrived: false,
        said: '550 No such user here. Check the address.',
        transcript,
        durationMs: 812,
      },
    }),
  );
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await door.enter('#/destinations/exports');
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('The test did not arrive')).toBeVisible();
  await expect(page.getByText('550 No such user here. Check the address.')).toBeVisible();
  await expect(page.getByText('after 812 ms')).toBeVisible();
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(transcript.join('\n'));
});

test('a destination is added, switched off, deleted and brought back', async ({ door }) => {
  const { page } = door;
  const before = (await door.settings()).settings.destinations;
  await door.enter('#/destinations');
  await page.getByRole('link', { name: 'Add destination' }).click();
  await expect(page.getByRole('combobox', { name: 'Where should alerts go?' })).toBeFocused();
  await page.keyboard.type('file');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Name' }).fill('Second copy');
  await page.getByRole('textbox', { name: 'Directory' }).fill('copies');
  await page.getByRole('checkbox', { name: 'CSV' }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/#\/destinations\/Second%20copy$/);
  expect((await door.settings()).settings.destinations[1]).toMatchObject({
    directory: 'copies',
    formats: ['json'],
  });

  await page.getByRole('main').getByRole('link', { name: 'Destinations' }).click();
  const card = page.getByRole('article').filter({ hasText: 'Second copy' });
  await card.getByRole('switch').click();
  await expect(card).toContainText('Off');
  await card.getByRole('link').click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('article')).toHaveCount(1);
  expect((await door.settings()).settings.destinations).toEqual(before);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('article')).toHaveCount(2);
  expect((await door.settings()).settings.destinations[1]).toMatchObject({
    name: 'Second copy',
    enabled: false,
  });
});

test.describe('to a destination that cannot be reached', () => {
  const settings = crossedSettings();
  const nowhere = { name: 'nowhere', kind: 'file', enabled: true, directory: '/dev/null/exports' };
  test.use({ plimsoll: { settings: { ...settings, destinations: [nowhere] } } });

  test('what was given up is counted, explained, and tried again by hand', async ({ door }) => {
    const { page } = door;
    await door.statusWhen('fire', ({ alerts }) => alerts.length > 0);
    await door.enter('#/destinations');
    const card = page.getByRole('article').filter({ hasText: 'nowhere' });
    await expect(card).toContainText('1 given up');
    await card.getByRole('link').click();
    await expect(page.getByText('Fails since')).toBeVisible();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('1 delivery is on its way again')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});

test('a destination that takes samples says how many arrived, and why none do', async ({ door }) => {
  const { page } = door;
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await door.changeSettings((settings) => {
      const common = { kind: 'remote-write', enabled: true, everySeconds: 1 };
      settings.destinations.push(
        { ...common, name: 'metrics store', url: `http://127.0.0.1:${port}/write` },
        { ...common, name: 'nowhere', url: 'http://127.0.0.1:9/write' },
      );
    });
    await door.enter('#/destinations');
    const card = page.getByRole('article').filter({ hasText: 'metrics store' });
    await expect(card).toContainText(/\d+ samples sent.*Delivered/s, { timeout: 15_000 });
    const dead = page.getByRole('article').filter({ hasText: 'nowhere' });
    await expect(dead).toContainText(/refused the connection.*Fails since .*samples waiting/s, {
      timeout: 15_000,
    });
    await expect(dead).not.toContainText('Nothing was sent yet');

    // What moved meanwhile is shown without being asked for.
    await card.getByRole('link').click();
    const sent = page.getByRole('definition').nth(1);
    const before = await sent.innerText();
    await expect(sent).not.toHaveText(before, { timeout: 15_000 });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('what was sent leads to the alert that it is about', async ({ door }) => {
  const { page } = door;
  const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length > 0);
  await door.enter('#/destinations/exports');
  await page.getByRole('link', { name: 'Line crossed' }).click();
  await expect(page).toHaveURL(new RegExp(`#/alerts/${alerts[0]!.id}$`));
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('the form of every kind is German, and no text of it is markup', async ({ door }) => {
    test.slow();
    const { page } = door;
    const kinds = await door.api<Kinds>('kinds');
    await door.enter('#/sources');
    for (const list of ['sources', 'destinations'] as const)
      for (const { kind, description, schema } of kinds[list]) {
        await show(page, `#/${list}/new?kind=${kind}`);
        const form = page.getByRole('main').locator('form');
        await expect(form.getByRole('textbox').first()).toBeVisible();
        const text = await form.evaluate((element) => element.textContent);
        const english = Object.values((schema.properties ?? {}) as Record<string, { description?: string }>)
          .flatMap((property) => property.description ?? [])
          .concat(description)
          .filter((sentence) => text.includes(sentence));
        expect.soft(english, `${list}: ${kind}`).toEqual([]);
        expect.soft(text, `${list}: ${kind}`).not.toContain('`');
      }
  });
});
