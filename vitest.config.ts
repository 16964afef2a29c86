import { defineConfig } from 'vitest/config';

/**
 * In CI, failed tests with processes and real time get a second attempt, like the browser tests: on a shared machine a
 * process may hang for seconds. The summary names tests that passed only the second time.
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** Tests that replace one of our modules, so that each file needs its own module registry. */
const replacingModules = ['src-main/monitor/trials.test.ts', 'src-main/monitor/settings/editor.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // All files of a worker share loaded modules, which takes a third of the time. The tests are independent, so this is safe.
          isolate: false,
          maxWorkers: 2,
          include: [
            'src-main/**/*.test.ts',
            'src-renderer/**/*.test.ts',
            '.ci/**/*.test.ts',
            'resources/**/*.test.ts',
          ],
          exclude: [
            ...['**/*.integration.test.ts', '**/*.faults.test.ts', '**/node_modules/**'],
            ...replacingModules,
          ],
          // Long enough for a busy machine.
          testTimeout: 20_000,
        },
      },
      { test: { name: 'unit-alone', include: replacingModules, maxWorkers: 2, testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: [
            'src-main/**/*.integration.test.ts',
            'bench/**/*.test.ts',
            'resources/**/*.integration.test.ts',
          ],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['src-main/**/*.faults.test.ts'],
          retry,
          testTimeout: 600_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
