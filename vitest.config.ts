import { defineConfig } from 'vitest/config';

/**
 * Tests with processes and real time are tried once more in CI, as those in the browser are: a machine that is shared may hold a
 * process up for seconds. The sum names what passed only the second time.
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** Tests that put a module of their own in place of one of ours: each needs its modules to itself. */
const replacingModules = ['src-main/monitor/trials.test.ts', 'src-main/monitor/settings/editor.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Modules are loaded once for all files of a worker, which takes a third of the time. Tests that stand alone allow it.
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
          // A busy machine is no reason to fail.
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
