import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src-main/**/*.test.ts',
            'src-renderer/**/*.test.ts',
            '.ci/**/*.test.ts',
            'resources/**/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts', '**/*.faults.test.ts', '**/node_modules/**'],
          // A busy machine is no reason to fail.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            'src-main/**/*.integration.test.ts',
            'bench/**/*.test.ts',
            'resources/**/*.integration.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['src-main/**/*.faults.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
