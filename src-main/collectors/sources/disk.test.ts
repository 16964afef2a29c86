import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { disk } from './disk.ts';

const { signal } = new AbortController();

test("percent is of what users can have: the administrator's reserve counts neither as used nor as free", async () => {
  const asked: string[] = [];
  const system = {
    ...scriptedSystem(),
    volume(path: string) {
      asked.push(path);
      return { total: 100 * 2 ** 30, used: 40 * 2 ** 30, available: 55.5 * 2 ** 30 };
    },
  };
  const expected = [
    { metric: 'disk_percent', labels: {}, value: 41.88 },
    { metric: 'disk_total_gb', labels: {}, value: 100 },
    { metric: 'disk_used_gb', labels: {}, value: 40 },
    { metric: 'disk_free_gb', labels: {}, value: 55.5 },
  ];
  expect(await disk.open({}, sourceSurroundings({ system })).collect(signal)).toEqual(expected);
  expect(await disk.open({ path: '/data' }, sourceSurroundings({ system })).collect(signal)).toEqual(
    expected,
  );
  expect(asked).toEqual(['/', '/data']);
});

test.each([[''], ['/a\0b'], [`/${'a'.repeat(5000)}`]])('path %j is refused', (path) => {
  expect(disk.options.safeParse({ path }).success).toBe(false);
});
