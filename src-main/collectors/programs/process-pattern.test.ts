import { expect, test } from 'vitest';
import { processMatcher } from './process-pattern.ts';

const process = (name: string, commandLine: string) => ({
  ...{ pid: 1, name, commandLine, cpuMs: 0, memoryBytes: 0, threads: 1, status: null, startedAt: 0 },
});

test.each([
  ['postgres', process('postgres', ''), true],
  ['Postgres', process('postgres', ''), true],
  ['postgres', process('postgresql', ''), false],
  ['server.sh', process('bash', '/srv/server.sh -x'), true],
  ['server', process('bash', '/srv/server.sh'), false],
  ['chrome*', process('chrome', ''), true],
  ['chrome*', process('chrome_crashpad', '/opt/x'), true],
  ['chrome*', process('x', '/opt/chrome/chrome'), false],
  ['*app.py*', process('python3', '/usr/bin/python3 /srv/app.py --port 1'), true],
  ['python? *.py', process('x', 'python3 a.py'), true],
  ['*', process('kthreadd', ''), true],
  ['?*', process('', ''), false],
  ['a.c', process('abc', ''), false],
  ['a(*', process('a(b)\nc', ''), true],
])('%s', (pattern, candidate, expected) => {
  expect(processMatcher(pattern)(candidate)).toBe(expected);
});

test('a hostile command line and pattern take no time', () => {
  const started = performance.now();
  expect(processMatcher(`${'*a'.repeat(50)}b`)(process('a'.repeat(4096), 'a'.repeat(4096)))).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
