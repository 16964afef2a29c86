import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/**
 * Section F of the bad-input list is about answers from elsewhere. F-10 is about PostgreSQL, which is not a
 * destination.
 */
const cases = ['F-1', 'F-2', 'F-4', 'F-5', 'F-7', 'F-8', 'F-11'];

test('every case of section F has tests that are named after it', () => {
  const files = globSync('**/*.test.ts', { cwd: import.meta.dirname });
  const names = files.flatMap((file) => {
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    return [...text.matchAll(/^ *(?:describe|it|test)\(\s*'(F-\d+): /gm)].map(([, name]) => name);
  });
  expect([...new Set(names)].sort()).toEqual(cases.toSorted());
});
