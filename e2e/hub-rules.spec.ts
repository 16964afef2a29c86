import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, show, test } from './door.ts';
import { pageOverflow, smallTargets } from './everywhere.ts';
import { calmSettings } from './settings.ts';
import { violations } from './violations.ts';

const rule = {
  ...{ id: 'memory-high', name: 'Memory too full', source: 'memory', metric: 'memory_percent' },
  ...{ comparison: 'greater_than', threshold: 0.5, severity: 'critical' },
};
const handed = {
  rules: [
    rule,
    { ...rule, id: 'queue', name: 'Queue is long', source: 'queue', metric: 'length' },
    { ...rule, id: 'evil', name: 'Runs <b>what</b> it likes', command: 'touch pwned' },
  ],
};

test('rules of the hub are told apart, fire, are switched off here, and those that are refused say why', async ({
  door,
}) => {
  test.slow();
  const hub = http.createServer((request, response) => {
    request.resume();
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(handed));
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  try {
    const { page } = door;
    await door.enter('#/rules');
    await expect(page.getByRole('region', { name: 'From the hub' })).toHaveCount(0);
    const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
    const destination = { name: 'our hub', kind: 'hub', url, takeRules: true };
    door.writeSettings(calmSettings({ destinations: [destination] }));
    const section = page.getByRole('region', { name: 'From the hub' });
    const rows = section.getByRole('listitem');
    await expect(rows).toHaveCount(3, { timeout: 20_000 });
    // An own rule has the name already.
    await expect(rows.nth(0)).toContainText('Memory too full (hub)');
    await expect(rows.nth(1)).toContainText('Judged by the hub');
    await expect(rows.nth(2)).toContainText('Runs <b>what</b> it likes');
    await expect(rows.nth(2)).toContainText('unknown key command');
    const { alerts } = await door.statusWhen('fire', (status) => status.alerts.length > 0, 20_000);
    expect(alerts.map(({ ruleId }) => ruleId)).toEqual(['hub:memory-high']);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect.soft(await violations(page), colorScheme).toEqual([]);
    }
    for (const width of [320, 900, 1400]) {
      await page.setViewportSize({ width, height: 800 });
      expect.soft(await pageOverflow(page), `at ${width}`).toBe(0);
      expect.soft(await smallTargets(page), `at ${width}`).toEqual([]);
    }
    await show(page, `#/alerts/${alerts[0]?.id ?? ''}`);
    await page.getByRole('link', { name: 'Rules from the hub' }).click();
    await section.getByRole('switch', { name: 'Memory too full (hub): on' }).click();
    await expect(rows.nth(0)).toContainText('Off');
    // It goes on for as long as a deletion can be taken back.
    await door.statusWhen('end its alert', (status) => status.alerts.length === 0, 30_000);
  } finally {
    hub.closeAllConnections();
    hub.close();
  }
});
