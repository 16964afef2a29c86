import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A Vitest reporter: writes counts, and why tests were skipped, to the file named by `PLIMSOLL_COUNTS`. */
export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file that can not be loaded, or whose set-up fails, has errors of its own.
      for (const suite of [module, ...module.children.allSuites()]) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else
          counts.skipped.push({
            name: `${module.relativeModuleId} › ${test.fullName}`,
            why: note || whyOf(test),
          });
      }
    }
    const file = process.env.PLIMSOLL_COUNTS;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(counts));
  }
}

function whyOf(test) {
  for (let suite = test.parent; suite !== undefined; suite = suite.parent) {
    if (suite.errors().length > 0) return 'its set-up failed';
  }
  return '';
}
