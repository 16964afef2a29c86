import type { Page } from '@playwright/test';
import type { Difference, ImportView, TranslationView } from '../src-main/contract/import.ts';
import type { SettingsView } from '../src-main/monitor/settings/settings-api.ts';

/** What the engine makes of a file of the threshold monitor, a predecessor. */
export const predecessor: TranslationView = {
  title: 'Threshold monitor, config.yaml',
  mapped: [
    {
      path: 'data_sources[0]',
      message: '“CPU”, psutil.cpu_percent, is the source cpu of kind CPU.',
      line: 3,
      column: 5,
    },
    {
      path: 'threshold_rules[0]',
      message: '“High CPU” is a rule on cpu_percent, above 80.',
      line: 14,
      column: 5,
    },
    { path: 'monitoring.check_interval', message: 'It is the shortest interval, 5 s.', line: 40 },
  ],
  notSupported: [
    {
      path: 'threshold_rules[1].and',
      message: 'Combinations of conditions are not known yet.',
      line: 22,
      column: 7,
    },
  ],
  warnings: [
    {
      path: 'email.password',
      message:
        'The password stands in the file in clear. Whoever reads the file can use it: move it to the environment.',
      line: 52,
      column: 13,
    },
  ],
};

const arriving = (name: string, keys: Record<string, unknown>, disabled = false): Difference => ({
  list: 'sources',
  name,
  change: 'added',
  arrivesDisabled: disabled,
  keys: Object.entries(keys).map(([key, after]) => ({ key, before: undefined, after })),
});

/** What an import of such a file would change. */
export const difference: ImportView = {
  translation: predecessor,
  warnings: [],
  applied: false,
  differences: [
    arriving('CPU', { kind: 'cpu', intervalSeconds: 5 }),
    arriving(
      'Backups of the accounting department',
      { kind: 'script', file: 'metrics/backup.py', intervalSeconds: 300 },
      true,
    ),
    {
      list: 'rules',
      name: 'Memory too full',
      change: 'changed',
      arrivesDisabled: false,
      keys: [
        { key: 'threshold', before: 99.9, after: 85 },
        { key: 'consecutiveViolations', before: 2, after: 3 },
      ],
    },
    { list: 'rules', name: 'Disk too full', change: 'same', arrivesDisabled: false, keys: [] },
    {
      list: 'destinations',
      name: 'Operations',
      change: 'added',
      arrivesDisabled: true,
      keys: [
        { key: 'kind', before: undefined, after: 'email' },
        { key: 'to', before: undefined, after: ['ops@example.org', 'night@example.org'] },
        { key: 'password', before: undefined, after: { env: 'SMTP_PASSWORD' } },
      ],
    },
    {
      list: 'monitoring',
      name: 'monitoring',
      change: 'changed',
      arrivesDisabled: false,
      keys: [{ key: 'rawRetentionHours', before: undefined, after: 24 }],
    },
  ],
};

/** Changes what the window hears of the settings on its way; what lies behind stays as it is. */
export async function answerSettings(page: Page, change: Partial<SettingsView>): Promise<void> {
  await page.route('**/api/v1/settings', async (route) => {
    if (route.request().method() !== 'GET') return route.fallback();
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...(await answer.json()), ...change } });
  });
}
