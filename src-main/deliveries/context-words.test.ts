import { expect, test } from 'vitest';
import type { ProgramChange } from '../contract/top-programs.ts';
import { exampleContext } from '../testing/example-context.ts';
import { hostileText } from '../testing/hostile-text.ts';
import { contextLines, topProgramWords } from './context-words.ts';

test('says in lines what was going on, and nothing of what is not known', () => {
  expect(contextLines(exampleContext(), 'percent')).toEqual([
    ['Rule', 'CPU (cpu_usage) above 80 % for 2 samples in a row → warning'],
    ['Last values', '88 %, 91.5 %'],
    ['Busiest programs', 'rustc CPU 4 → 310 % in 10 min, chrome CPU 22 %'],
    ['Out of the usual', 'memory memory_percent 92 % (usually 40 % to 61.5 %)'],
    ['Host', 'on battery at 41 %, awake for 2 min after 8 h of sleep, load 7.50 4.00 2.00 on 4 processors'],
  ]);
  const bare = exampleContext({ programs: undefined, values: [], others: [], host: {} });
  expect(contextLines(bare, 'percent').map(([title]) => title)).toEqual(['Rule']);
});

const at = Date.UTC(2026, 0, 5, 12);
const program = (name: string, memoryBytes: number, before: number | null): ProgramChange => ({
  program: name,
  cpuPercent: null,
  memoryBytes,
  before: before === null ? null : { at: at - 600_000, cpuPercent: null, memoryBytes: before },
});
const topOf = (...byMemory: ProgramChange[]) =>
  topProgramWords({ programs: { at, measure: 'memory', byMemory } });

test('the program that tells most is the one that grew most, not the largest', () => {
  expect(topOf(program('postgres', 9e9, 9e9), program('chrome', 4e9, 2.1e9))).toBe(
    'chrome +1.9 GB in 10 min',
  );
  expect(topOf(program('postgres', 9e9, 9e9 - 1))).toBe('postgres 9.0 GB');
  expect(topOf(program('build', 450e6, null))).toBe('build 450 MB');
  expect(topOf(program('shrinking', 1e9, 1.5e9))).toBe('shrinking −500 MB in 10 min');
  expect([topOf(), topProgramWords({})]).toEqual([null, null]);
});

test('a hostile name stays in its line', () => {
  const words = topOf(program(hostileText, 1e9, null));
  expect(words).not.toMatch(/[\r\n\u001b\u202e\ud800]/);
  const programs = { at, measure: 'memory' as const, byMemory: [program(hostileText, 1e9, null)] };
  for (const [, said] of contextLines(exampleContext({ programs }), 'percent'))
    expect(said).not.toMatch(/[\r\n\u001b\u202e]/);
});
