import { expect, show, test } from './door.ts';
import { calmSettings, crossedRule } from './settings.ts';

const names = [
  '<script>window.hacked = true</script><img src=x onerror="window.hacked = true">',
  '"><svg onload="window.hacked = true">{{7*7}}${7*7}',
  'قرص ممتلئ جدًا تحذير עומס',
  '🔥💾 =cmd|"/c calc"!A1 𝕸𝖊𝖒𝖔𝖗𝖞 ﷽﷽﷽',
  'W'.repeat(200),
];
const calm = calmSettings();
const settings = {
  ...calm,
  sources: names.map((name) => ({ name, kind: 'memory', intervalSeconds: 0.5 })),
  rules: names.map((name, index) => crossedRule({ id: `rule-${index}`, name, source: name })),
  destinations: [{ name: names[0]!, kind: 'file' }],
};

test.use({ plimsoll: { settings } });

test('names are text: nothing in them is executed, and none breaks a view', async ({ door }) => {
  const { page } = door;
  await door.statusWhen('fire on all', (status) => status.alerts.length === names.length);
  const [first] = (await door.status()).alerts;
  await door.enter();
  const views = [
    '#/overview',
    '#/alerts',
    `#/alerts/${first!.id}`,
    '#/rules',
    '#/rules/rule-4',
    '#/sources',
    ...names.map((name) => `#/sources/${encodeURIComponent(name)}`),
    '#/destinations',
    `#/destinations/${encodeURIComponent(names[0]!)}`,
    '#/settings',
  ];
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const view of views) {
      await show(page, view);
      await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible();
      await page.waitForLoadState('networkidle', { timeout: 300 }).catch(() => undefined);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${view} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await show(page, '#/rules');
  for (const name of names) await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  await page.keyboard.press('/');
  for (const name of names) {
    await page.getByRole('combobox').fill(name.slice(0, 40));
    await expect(page.getByRole('option').filter({ hasText: name }).first()).toBeVisible();
  }
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
});
