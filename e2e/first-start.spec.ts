import { expect, test } from './door.ts';

test.use({ plimsoll: { settings: null } });

test('a first start shows the values of four sources within ten seconds, with three rules there', async ({
  door,
}) => {
  const { page } = door;
  const began = Date.now();
  await page.goto(door.printedAddress);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(page.url(), 'the code must not stay in the address').toBe(`${door.address}/#/overview`);

  const levels = page.getByRole('region', { name: 'Levels' });
  for (const name of ['CPU', 'Memory', 'Disk', 'Network']) {
    const card = levels.getByRole('article').filter({ has: page.getByRole('heading', { name }) });
    await expect(card, name).toContainText(/\d+(\.\d)?\s?(%|[kM]?B\/s)/, { timeout: 10_000 });
  }
  const { startedAt } = await door.status();
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(began - startedAt).toBeLessThan(5000);

  // The one question of a first start; whoever says no is not asked again.
  const mail = page.getByRole('region', { name: 'Want to be told by mail?' });
  await mail.getByRole('link', { name: 'Set up mail' }).click();
  await expect(page).toHaveURL(/#\/destinations\/new\?kind=email$/);
  await page.goBack();
  await mail.getByRole('button', { name: 'No, do not ask again' }).click();
  await page.reload();
  await expect(levels).toBeVisible();
  await expect(mail).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'The last day' })).toContainText(
    /not watched for 2[34]\sh|not watched for 1\sd/,
  );

  await page.getByRole('link', { name: 'Rules' }).click();
  const rules = page.getByRole('main').getByRole('listitem');
  await expect(rules).toHaveCount(3);
  for (const name of ['CPU above 80 %', 'Memory above 85 %', 'Disk above 90 %']) {
    await expect(rules.getByRole('link', { name })).toBeVisible();
    await expect(page.getByRole('switch', { name })).toBeChecked();
  }
});
