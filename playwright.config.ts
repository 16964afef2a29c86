import { defineConfig } from '@playwright/test';
import { platform } from 'node:os';

// Chromium refuses its sandbox to root; everywhere else it stays on.
const isRoot = platform() !== 'win32' && process.getuid?.() === 0;

/** `PLIMSOLL_CHROMIUM` is a path set by `.ci/test.mjs`; without it Playwright uses its own browser. */
const executablePath = process.env['PLIMSOLL_CHROMIUM'];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: process.env['CI'] !== undefined,
  // On a shared machine a page may hang for seconds. The report marks tests that pass only at the second attempt as
  // flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // A test takes seconds, but several times that on a shared machine.
  timeout: 60_000,
  globalTimeout: 2_700_000,
  workers: 2,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  projects: [
    { name: 'browser', testIgnore: /e2e[\\/]desktop[\\/]/ },
    { name: 'desktop', testDir: 'e2e/desktop' },
  ],
  use: {
    browserName: 'chromium',
    // Tracing every test slows down the suite; in CI only the second attempt of a failed one is traced.
    trace: process.env['CI'] === undefined ? 'retain-on-failure' : 'on-first-retry',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--headless',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        ...(isRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
});
