import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A Vitest reporter: writes counts, and which tests failed, passed only the second time or were skipped and why, to the file named by `PLIMSOLL_COUNTS`. */
export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = {
      passed: 0,
      failed: unhandledErrors.map(({ message }) => ({ name: 'outside of all tests', why: message })),
      flaky: [],
      skipped: [],
    };
    for (const module of modules) {
      // A file that cannot be loaded, or whose set-up fails, has errors of its own.
      for (const suite of [module, ...module.children.allSuites()]) {
        const name = [module.relativeModuleId, suite.fullName].filter(Boolean).join(' › ');
        counts.failed.push(...suite.errors().map(({ message }) => ({ name, why: message })));
      }
      for (const test of module.children.allTests()) {
        const { state, note, errors } = test.result();
        const name = `${module.relativeModuleId} › ${test.fullName}`;
        if (test.diagnostic()?.flaky === true) counts.flaky.push({ name, why: errors?.[0]?.message ?? '' });
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed.push({ name, why: errors[0]?.message ?? '' });
        else counts.skipped.push({ name, why: note || whyOf(test) });
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
