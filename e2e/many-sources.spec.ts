import { expect, test } from './door.ts';
import { calmSettings } from './settings.ts';

const many = Array.from({ length: 300 }, (_, index) => ({
  name: `source ${index}`,
  kind: index % 2 === 0 ? 'memory' : 'disk',
  enabled: true,
  intervalSeconds: 5,
}));
// A trace notes every change of the page: of three hundred cards that live it takes longer than all they do.
test.use({ plimsoll: { settings: calmSettings({ rules: [] }) }, trace: 'off' });

test('three hundred sources are counted, filtered and found', async ({ door }) => {
  const { page } = door;
  const main = page.getByRole('main');
  await door.enter('#/sources');
  await door.changeSettings((settings) => {
    settings.sources = many;
  });
  await expect(main.getByText('300 sources')).toBeVisible();
  await page.getByRole('searchbox').fill('disk 29');
  await expect(main.getByRole('article')).toHaveCount(8);
  await page.getByRole('link', { name: 'source 297' }).click();
  await expect(page.getByRole('heading', { name: 'source 297' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('searchbox')).toHaveValue('disk 29');
  await page.getByRole('searchbox').fill('nothing like it');
  await expect(page.getByText('Nothing fits “nothing like it”.')).toBeVisible();
});
