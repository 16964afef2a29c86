import { PerformanceObserver, constants } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { settleOnceStarted } from './settle.ts';

test('everything is looked at once, and nobody else is given the means', async () => {
  const looks: unknown[] = [];
  const observer = new PerformanceObserver((list) => {
    // Its type does not say that entries of the garbage collector have details.
    for (const { detail } of list.getEntries() as { detail?: unknown }[]) {
      const { kind } = detail as { kind: number };
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) looks.push(detail);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  onTestFinished(() => observer.disconnect());
  settleOnceStarted(1);
  await expect.poll(() => looks.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect('gc' in globalThis).toBe(false);
});
