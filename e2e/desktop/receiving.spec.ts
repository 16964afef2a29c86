import { expect, test } from './test.ts';
import { freePort } from '../../src-main/testing/free-port.ts';

test('no port is open until its owner says so; then it is, asks for a token, and is closed again', async ({
  app,
}) => {
  const port = await freePort();
  const answer = () =>
    fetch(`http://127.0.0.1:${port}/api/v1/status`).then(
      ({ status }) => status,
      () => 'closed',
    );
  await app.changeSettings((settings) => void (settings.listen = [`127.0.0.1:${port}`]));
  expect(await answer()).toBe('closed');
  const page = await app.window('main');
  await page.evaluate(() => void (location.hash = '#/settings/receive'));
  const section = page.getByRole('region', { name: 'Receive from other machines' });
  await expect(section.getByText('No port is open.')).toBeVisible();
  await section.getByRole('switch', { name: 'Receive from other machines' }).press('Space');
  await page.getByRole('region', { name: 'Unsaved changes' }).getByRole('button', { name: 'Save' }).click();
  await expect(section.getByText(`Listening at http://127.0.0.1:${port}`)).toBeVisible();
  expect(await answer()).toBe(401);
  await app.changeSettings((settings) => void (settings.hub = { enabled: false, allowAnonymousFrom: [] }));
  await expect.poll(() => answer()).toBe('closed');
  await expect(section.getByText('No port is open.')).toBeVisible();
});
