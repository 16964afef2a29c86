import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './test.ts';

test('a script in TypeScript runs in a utility process of its own once it was approved in the window', async ({
  app,
  desktop,
}) => {
  const folder = join(desktop.userData, 'metrics');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(
    join(folder, 'counted.ts'),
    'let n: number = 0;\nexport const collect = (): number => ++n;\n',
    {
      mode: 0o600,
    },
  );
  const page = await app.window('main');
  await page.evaluate(() => void (location.hash = '#/sources'));
  const offers = page.getByRole('region', { name: 'Scripts waiting for you' });
  await offers.locator('summary').click();
  await offers.getByRole('button', { name: 'Approve counted.ts' }).click();
  const { latest } = await app.statusWhen('run the script', (status) =>
    status.latest.some(({ metric }) => metric === 'counted'),
  );
  // The module was loaded once: the second reading counts on.
  expect(latest.find(({ metric }) => metric === 'counted')?.value).toBe(2);
});
