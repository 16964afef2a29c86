import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const folders = ['.', 'docs', 'src-main', 'src-renderer', 'bench', 'e2e', 'resources'];
const texts = folders
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: folder !== '.', withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(md|ts|mjs|svelte)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));
const shown = (path: string, target: string) => `${relative(root, path)}: ${target}`;

test('every link in a document leads to a file', () => {
  const documents = texts.filter((path) => path.endsWith('.md'));
  const links = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map(([, target = '']) => ({
      path,
      target,
    })),
  );
  expect(links.length).toBeGreaterThan(100);
  expect(
    links
      .filter(({ path, target }) => !existsSync(join(dirname(path), target)))
      .map(({ path, target }) => shown(path, target)),
  ).toEqual([]);
});

test('every decision that is named is there, and has the number of its title', () => {
  const decisions = readdirSync(join(root, 'docs/decisions'));
  const named = texts.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/docs\/decisions\/(\d{4}-[\w-]+(?:\.md)?)/g)].map(
      ([, name = '']) => ({ path, name }),
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(
    named.filter(({ name }) => !decisions.includes(name)).map(({ path, name }) => shown(path, name)),
  ).toEqual([]);
  const numbers = decisions.map((name) => {
    const [, number = ''] =
      /^# (\d+)\. /.exec(readFileSync(join(root, 'docs/decisions', name), 'utf8')) ?? [];
    return number.padStart(4, '0');
  });
  expect(numbers).toEqual(decisions.map((name) => name.slice(0, 4)));
});
