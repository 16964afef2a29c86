import { expect, test } from 'vitest';
import { ProgramHistory } from './program-history.ts';

const use = (program: string, cpuPercent: number | null, memoryBytes: number | null = 1000) => ({
  program,
  cpuPercent,
  memoryBytes,
});
const before = (at: number, cpuPercent: number | null, memoryBytes = 1000) => ({
  at,
  cpuPercent,
  memoryBytes,
});

test('says who leads by each measure, and what they used when they were first seen', () => {
  const history = new ProgramHistory();
  expect(history.latest(5)).toBeNull();
  history.record(1_000, [use('db', 5), use('idle', null, 5000)]);
  history.record(61_000, [
    use('db', 80.123),
    use('build', 20),
    use('idle', null, 9000),
    use('hidden', 0, null),
  ]);
  expect(history.latest(2)).toEqual({
    at: 61_000,
    byCpu: [
      { ...use('db', 80.12), before: before(1_000, 5) },
      { ...use('build', 20), before: null },
    ],
    byMemory: [
      { ...use('idle', null, 9000), before: before(1_000, null, 5000) },
      { ...use('db', 80.12), before: before(1_000, 5) },
    ],
  });
});

test('holds ten minutes, a moment for each second at most, and begins anew when the clock goes back', () => {
  const history = new ProgramHistory();
  for (let at = 0; at <= 1_200_000; at += 100) history.record(at, [use('db', at)]);
  const [db] = history.latest(1)?.byCpu ?? [];
  expect(db?.cpuPercent).toBe(1_200_000);
  expect(db?.before?.at).toBeGreaterThan(600_000);
  expect(db?.before?.at).toBeLessThanOrEqual(602_000);
  history.record(5_000, [use('db', 1)]);
  expect(history.latest(1)).toMatchObject({ at: 5_000, byCpu: [{ cpuPercent: 1, before: null }] });
});

test('of thousands of programs it keeps those that matter, and of those nothing that it was not asked to', () => {
  const history = new ProgramHistory();
  const many = Array.from({ length: 5_000 }, (_, place) => ({
    ...use(`p${place}`, 5_000 - place, place),
    entries: ['whatever else is there'],
  }));
  history.record(1, many);
  const { byCpu, byMemory } = history.latest(5_000) ?? { byCpu: [], byMemory: [] };
  expect(byCpu).toHaveLength(60);
  expect(byCpu[0]).toEqual({ ...use('p0', 5_000, 0), before: null });
  expect(byMemory[0]).toEqual({ ...use('p4999', 1, 4_999), before: null });
});
