import { expect, test } from './door.ts';

test('the code of an address is good once, and a session lasts until it is ended', async ({
  door,
  browser,
}) => {
  door.tolerate(/status of 401/);
  const { page } = door;
  await page.goto(door.printedAddress);
  await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();

  const other = await browser.newPage();
  await other.goto(door.printedAddress);
  await expect(other.getByRole('heading', { name: 'This window has no access yet' })).toBeVisible();
  await expect(other.getByText('used already')).toBeVisible();
  expect(other.url()).not.toContain('code=');
  await other.close();

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'This window has no access yet' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'This window has no access yet' })).toBeVisible();
});

test('without a session the page says how to get a new address, and takes a pasted one', async ({ door }) => {
  door.tolerate(/status of 401/);
  const { page } = door;
  await page.goto(door.address);
  await expect(page.getByRole('heading', { name: 'This window has no access yet' })).toBeVisible();
  await expect(page.getByText('plimsoll link', { exact: true })).toBeVisible();

  const field = page.getByRole('textbox', { name: 'Address or code' });
  await field.fill('what is this?');
  await field.press('Enter');
  await expect(page.getByText('No code can be read in this text')).toBeVisible();
  await field.fill('#code=AAAAAAAAAAAAAAAAAAAAAA');
  await field.press('Enter');
  await expect(page.getByText('not, or no longer, good')).toBeVisible();

  await field.fill(await door.freshAddress());
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
  expect(page.url()).not.toContain('code=');
});
