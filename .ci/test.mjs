// What `npm test` runs: everything, one suite after the other, all problems at once, and one line with the sum.
//
//   node .ci/test.mjs              everything
//   node .ci/test.mjs unit e2e     some suites (after a build, if one is due)
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { findChromium } from './chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, '.cache/test');

/**
 * @typedef {{ name: string, why: string }} Test
 * @typedef {{ passed: number, failed: Test[], flaky: Test[], skipped: Test[] }} Counts  flaky: passed, but only the second time
 * @typedef {{ name: string, run: () => Promise<Counts> }} Suite
 */

/** @type {Suite[]} */
const suites = [
  { name: 'build', run: () => check('build.mjs', '--if-stale') },
  { name: 'types', run: () => check(bin('typescript', 'tsc'), '-b') },
  {
    name: 'svelte',
    run: () => check(bin('svelte-check'), '--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings'),
  },
  { name: 'lint', run: () => check(bin('eslint'), '--max-warnings', '0', '.') },
  { name: 'format', run: () => check(bin('prettier'), '--check', '--log-level', 'warn', '.') },
  { name: 'dead code', run: () => check(bin('knip'), '--no-progress') },
  { name: 'unit', run: () => vitest('unit', {}, ['unit', 'unit-alone']) },
  { name: 'integration', run: () => vitest('integration') },
  // A few kills of each kind; "npm run test:faults" makes them all.
  { name: 'faults', run: () => vitest('faults', { PLIMSOLL_KILLS: '4', PLIMSOLL_SECONDS: '6' }) },
  { name: 'e2e', run: endToEnd },
];

/** A program of a package, started with our own Node: on Windows the names in .bin are batch files. */
function bin(packageName, name = packageName) {
  const folder = join(root, 'node_modules', packageName);
  const entry = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin;
  return join(folder, typeof entry === 'string' ? entry : entry[name]);
}

function node(args, env = {}) {
  return new Promise((resolve) => {
    const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } };
    const child = spawn(process.execPath, args, options);
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A check that passes or does not counts as one test. */
async function check(...args) {
  return (await node(args)) === 0
    ? { ...none(), passed: 1 }
    : failedWith(`${basename(args[0])} says why above`);
}

async function vitest(name, env = {}, projects = [name]) {
  const file = join(results, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=./.ci/vitest-counts.mjs'];
  const code = await node(
    [
      bin('vitest'),
      'run',
      '--passWithNoTests',
      ...projects.flatMap((each) => ['--project', each]),
      ...reporters,
    ],
    {
      PLIMSOLL_COUNTS: file,
      ...env,
    },
  );
  return agreeing(code, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : none());
}

async function endToEnd() {
  const chromium = findChromium(bin('@playwright/test', 'playwright'));
  if (chromium.path === undefined) {
    console.error(chromium.advice);
    return failedWith(chromium.advice);
  }
  console.log(`Chromium: ${chromium.path}`);
  const file = join(root, 'test-results/e2e.json');
  const code = await node([bin('@playwright/test', 'playwright'), 'test', '--pass-with-no-tests'], {
    PLIMSOLL_CHROMIUM: chromium.path,
  });
  return agreeing(code, existsSync(file) ? countPlaywright(JSON.parse(readFileSync(file, 'utf8'))) : none());
}

function countPlaywright({ suites: files, stats }) {
  const skipped = [];
  const failed = [];
  const flaky = [];
  const walk = (suite, titles) => {
    for (const spec of suite.specs ?? []) {
      const name = [...titles, spec.title].join(' › ');
      for (const test of spec.tests) {
        if (test.status === 'skipped') {
          const why = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
          skipped.push({ name, why: why ?? '' });
        }
        if (test.status === 'unexpected')
          failed.push({ name, why: test.results.at(-1)?.error?.message ?? '' });
        if (test.status === 'flaky') flaky.push({ name, why: test.results[0]?.error?.message ?? '' });
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, [...titles, inner.title]);
  };
  for (const file of files) walk(file, [file.title]);
  return { passed: stats.expected + stats.flaky, failed, flaky, skipped };
}

/** A runner that fails without a failed test (an import that breaks, an error outside of tests) has failed once. */
function agreeing(code, counts) {
  return code !== 0 && counts.failed.length === 0
    ? { ...counts, failed: [{ name: '', why: `the runner ended with ${code}` }] }
    : counts;
}

function none() {
  return { passed: 0, failed: [], flaky: [], skipped: [] };
}

/** One failure that is no test's. */
function failedWith(why) {
  return { ...none(), failed: [{ name: '', why }] };
}

/** The first lines of a message, without the colours that runners give it. */
function shortened(message) {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.slice(0, 6).join('\n  ');
}

const total = none();
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `The tests need Node 24.18 or newer; this is ${process.versions.node}. On Linux and Windows "npm install"`,
  );
  console.error('brings it and "npm test" finds it; on macOS install it.');
  total.failed.push({ name: '', why: `this is Node ${process.versions.node}` });
} else {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`No suite ${unknown.join(', ')}. There are: ${suites.map(({ name }) => name).join(', ')}.`);
    process.exit(2);
  }
  // What an earlier run left must not be counted again.
  rmSync(results, { recursive: true, force: true });
  rmSync(join(root, 'test-results'), { recursive: true, force: true });
  mkdirSync(results, { recursive: true });

  const lines = [];
  for (const { name, run } of suites) {
    if (asked.length > 0 && name !== 'build' && !asked.includes(name)) continue;
    console.log(`\n── ${name} ──`);
    const startedAt = performance.now();
    const counts = await run().catch((error) => {
      console.error(error);
      return failedWith(String(error));
    });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const sum = `${counts.passed} passed, ${counts.failed.length} failed, ${counts.skipped.length} skipped`;
    lines.push(`${name.padEnd(12)} ${sum} (${seconds} s)`);
    total.passed += counts.passed;
    for (const kind of ['failed', 'flaky', 'skipped']) {
      total[kind].push(
        ...counts[kind].map((test) => ({ ...test, name: [name, test.name].filter(Boolean).join(': ') })),
      );
    }
  }
  console.log(`\n── sum ──\n${lines.join('\n')}\n`);
}

// Once more at the end: who has only the last lines of a long run must still see what to mend.
for (const { name, why } of total.failed) console.log(`failed ${name}\n  ${shortened(why)}`);
for (const { name, why } of total.flaky) console.log(`only the second time ${name}\n  ${shortened(why)}`);
for (const { name, why } of total.skipped) console.log(`skipped ${name}: ${why || 'no reason given'}`);
console.log(`${total.passed} passed, ${total.failed.length} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed.length === 0 ? 0 : 1;
