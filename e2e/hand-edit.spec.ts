import { expect, test } from './door.ts';

test('a bad edit by hand is said within seconds, leaves the last good rules, and is forgotten once mended', async ({
  door,
}) => {
  const { page } = door;
  await door.enter('#/rules');
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(3);
  const good = door.readSettings();

  door.writeSettings(good.replace('greater_than', 'greater_then'));
  const notice = page.getByRole('main').getByRole('status').filter({ hasText: 'greater_than' });
  await expect(notice).toContainText(/rules\[0\]\.comparison/, { timeout: 6000 });
  await expect(notice).toContainText('Did you mean greater_than?');
  await expect(page.getByRole('main').getByRole('link', { name: /too (busy|full)/ })).toHaveCount(3);
  const { settings } = await door.settings();
  expect(settings.rules.map(({ comparison }) => comparison)).toEqual(Array(3).fill('greater_than'));
  expect(door.readSettings()).toContain('greater_then');

  door.writeSettings(good.replace('Disk too full', 'Disk nearly full'));
  await expect(notice).toHaveCount(0, { timeout: 6000 });
  await expect(page.getByRole('link', { name: 'Disk nearly full' })).toBeVisible();
});
