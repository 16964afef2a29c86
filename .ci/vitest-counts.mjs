import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A Vitest reporter: writes counts, and why tests were skipped, to the file named by `PLIMSOLL_COUNTS`. */
export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file that can not be loaded has errors of its own and no tests.
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') counts.passed += 1;
        else if (result.state === 'failed') counts.failed += 1;
        else
          counts.skipped.push({
            name: `${module.relativeModuleId} › ${test.fullName}`,
            why: result.note ?? '',
          });
      }
    }
    const file = process.env.PLIMSOLL_COUNTS;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(counts));
  }
}
