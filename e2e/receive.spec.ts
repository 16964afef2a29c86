import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { testCertificate } from '../src-main/testing/certificate.ts';
import { expect, show, test } from './door.ts';
import { HeadlessPlimsoll } from './headless-door.ts';
import { calmSettings } from './settings.ts';
import { freePort } from '../src-main/testing/free-port.ts';

const section = (page: Page) => page.getByRole('region', { name: 'Receive from other machines' });
const bar = (page: Page) => page.getByRole('region', { name: 'Unsaved changes' });

test.describe('a hub that is moved from its own window', () => {
  let running: HeadlessPlimsoll;
  let port: number;
  test.beforeEach(async ({ page }) => {
    port = await freePort();
    running = new HeadlessPlimsoll({ ...calmSettings(), listen: [`127.0.0.1:${port}`] });
    await running.start(null);
    await page.goto(running.printedAddress);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await show(page, '#/settings/receive');
  });
  test.afterEach(() => running.discard());

  test('is asked first, says where it will be, and signs in there', async ({ page }) => {
    const next = await freePort();
    await expect(section(page).getByText(`Listening at http://127.0.0.1:${port}`)).toBeVisible();
    await section(page).getByRole('textbox', { name: 'Port' }).fill(String(next));
    await bar(page).getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText(`http://127.0.0.1:${next}`);
    await dialog.getByRole('button', { name: 'Do not save' }).click();
    expect((await running.settings()).settings.listen).toEqual([`127.0.0.1:${port}`]);

    await bar(page).getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Save and move' }).click();
    await dialog.getByRole('link', { name: `Open http://127.0.0.1:${next}` }).click();
    await expect(page).toHaveURL(new RegExp(`^http://127\\.0\\.0\\.1:${next}/`));
    await expect(page.getByRole('link', { name: 'Settings' })).toBeVisible();
    await show(page, '#/settings/receive');
    await expect(section(page).getByText(`Listening at http://127.0.0.1:${next}`)).toBeVisible();
  });

  test('stays where it is when the port is taken, and says what to do', async ({ page }) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: taken } = other.address() as AddressInfo;
    await section(page).getByRole('textbox', { name: 'Port' }).fill(String(taken));
    await bar(page).getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Save and move' }).click();
    await expect(dialog.getByRole('alert')).toContainText(`Another program has port ${taken}`);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(section(page).getByRole('alert')).toContainText('Until then it listens where it did');
    await expect(section(page).getByText(`Listening at http://127.0.0.1:${port}`)).toBeVisible();
    await new Promise((resolve) => other.close(resolve));
    await expect
      .poll(async () => (await running.api<{ problem: unknown }>('listening')).problem, { timeout: 15_000 })
      .toBeNull();
  });

  test('names what is wrong with its certificate, and takes a good one', async ({ page }) => {
    const { pem, key } = testCertificate({ name: 'localhost' });
    writeFileSync(join(running.directory, 'hub.pem'), pem);
    await section(page).getByRole('textbox', { name: 'TLS certificate' }).fill('hub.pem');
    await section(page).getByRole('textbox', { name: 'TLS key' }).fill('hub.key');
    await bar(page).getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText(`https://127.0.0.1:${port}`);
    await dialog.getByRole('button', { name: 'Save and move' }).click();
    await expect(dialog.getByRole('alert')).toContainText('cannot be read');
    writeFileSync(join(running.directory, 'hub.key'), key);
    await expect
      .poll(async () => (await running.api<{ open: { isTls: boolean }[] }>('listening')).open[0]?.isTls, {
        timeout: 15_000,
      })
      .toBe(true);
  });
});

test('the command line says where it listens, and that is said; what another address means is, too', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/settings/receive');
  await expect(section(page).getByText('The command line or the environment says')).toBeVisible();
  await expect(section(page).getByRole('textbox', { name: 'Port' })).toBeDisabled();
  await section(page).getByRole('switch', { name: 'Receive from other machines' }).click();
  await bar(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  expect((await door.settings()).settings.hub?.enabled).toBe(true);
});

test('tokens are made, rotated and revoked by keyboard, and shown once', async ({ door }) => {
  const { page } = door;
  await door.enter('#/settings/receive');
  const part = section(page);
  await part.getByRole('button', { name: 'New token' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('web-1');
  await page.keyboard.press('Enter');
  const text = await dialog.getByRole('region').textContent();
  expect(text).toMatch(/^plim_\S{20,}$/);
  await expect(dialog.getByRole('button', { name: 'Close' })).toBeVisible();
  await page.keyboard.press('Escape');
  const listed = part.getByRole('list', { name: 'Tokens' }).getByRole('listitem');
  await expect(listed).toHaveCount(1);
  await expect(listed).toContainText('never used');

  const ask = (token: string | null) =>
    fetch(`${door.address}/api/v1/ingest`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: '{}',
    }).then(({ status }) => status);
  expect(await ask(text)).not.toBe(401);

  await part.getByRole('button', { name: 'Rotate web-1' }).press('Enter');
  await dialog.getByRole('combobox').selectOption({ label: 'not any longer' });
  await dialog.getByRole('button', { name: 'Rotate' }).press('Enter');
  const fresh = await dialog.getByRole('region').textContent();
  expect(fresh).not.toBe(text);
  await page.keyboard.press('Escape');
  expect(await ask(text)).toBe(401);
  expect(await ask(fresh)).not.toBe(401);

  await part.getByRole('button', { name: 'Revoke web-1' }).last().press('Enter');
  await dialog.getByRole('button', { name: 'Revoke' }).press('Enter');
  await expect(page.getByText('The token web-1 is revoked.')).toBeVisible();
});
