import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** How often everything was looked at in a process that does nothing else, and whether others could ask for it there. */
function looksIn(text: string): unknown {
  const program = `
    import { PerformanceObserver, constants } from 'node:perf_hooks';
    import { settleOnceStarted } from ${JSON.stringify(new URL('settle.ts', import.meta.url).href)};
    let looks = 0;
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) looks++;
    }).observe({ entryTypes: ['gc'] });
    ${text}
    setTimeout(() => console.log(JSON.stringify({ looks, isOpen: 'gc' in globalThis })), 300);`;
  const words = ['--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }));
}

test('everything is looked at once, and nobody else is given the means', () => {
  expect(looksIn('settleOnceStarted(20);')).toEqual({ looks: 1, isOpen: false });
  expect(looksIn('')).toEqual({ looks: 0, isOpen: false });
});
