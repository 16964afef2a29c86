import { defineConfig } from '@playwright/test';
import { platform } from 'node:os';

// Chromium refuses its sandbox to root; everywhere else it stays on.
const isRoot = platform() !== 'win32' && process.getuid?.() === 0;

/** `PLIMSOLL_CHROMIUM`, a path, comes from `.ci/test.mjs`; without it Playwright looks for its own browser. */
const executablePath = process.env['PLIMSOLL_CHROMIUM'];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: process.env['CI'] !== undefined,
  // A machine that is shared may hold a page up for seconds. What passes only the second time is named as flaky in the report.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // A spec takes seconds; on a machine that is shared, several times that.
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
    // A trace of every test makes the whole suite slower; in CI the second try of one that failed has it.
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
