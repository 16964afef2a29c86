import { expect, test } from 'vitest';
import { TopProcesses } from './top-processes.ts';

const use = (program: string, cpuPercent: number | null) => ({ program, cpuPercent, memoryBytes: 1000 });

test('says who used most at that time, and what they used when they were first seen', () => {
  const table = new TopProcesses();
  table.record(1_000, [use('db', 5), use('idle', null)]);
  table.record(61_000, [use('db', 80), use('build', 20), use('idle', null)]);
  table.record(121_000, [use('db', 3)]);
  expect(table.at(100_000, 2)).toEqual([
    { ...use('db', 80), before: { ...use('db', 5), at: 1_000 } },
    { ...use('build', 20), before: { ...use('build', 20), at: 61_000 } },
  ]);
  expect(table.at(100_000, 9).map(({ program }) => program)).toEqual(['db', 'build', 'idle']);
  expect(table.at(999, 9)).toEqual([]);
  expect(table.at(121_000 + 600_000, 9)).toEqual([]);
});

test('holds ten minutes, a moment for each second at most, and begins anew when the clock goes back', () => {
  const table = new TopProcesses();
  for (let at = 0; at <= 1_200_000; at += 100) table.record(at, [use('db', at)]);
  const [db] = table.at(1_200_000, 1);
  expect(db).toMatchObject({ cpuPercent: 1_200_000, before: { at: expect.any(Number) as number } });
  expect(db?.before.at).toBeGreaterThan(600_000);
  expect(db?.before.at).toBeLessThanOrEqual(602_000);
  expect(table.at(600_000, 1)).toEqual([]);
  table.record(5_000, [use('db', 1)]);
  expect(table.at(1_200_000, 1)).toEqual([]);
  expect(table.at(5_000, 1)).toHaveLength(1);
});
