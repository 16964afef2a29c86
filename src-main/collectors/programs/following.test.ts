import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProcessInfo } from '../system/system.ts';
import { Following } from './following.ts';

const table = (processes: ProcessInfo[]) => ({
  processes,
  hidden: false,
  count: processes.length,
  openFilesOf: () => null,
});

const step = fc.record({
  pid: fc.nat(5),
  does: fc.constantFrom('begin', 'end', 'work', 'look', 'rename'),
  amount: fc.nat(1000),
});

test('what programs use is what their processes use, whoever comes, goes, works or is called otherwise', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 20 }), (rounds) => {
      const following = new Following();
      const running = new Map<number, ProcessInfo>();
      let at = 0;
      for (const steps of rounds) {
        at += 1000;
        for (const { pid, does, amount } of steps) {
          const process = running.get(pid);
          const name = ['one', 'two'][amount % 2] ?? '';
          const begun = { pid, name, commandLine: name, cpuMs: amount, memoryBytes: amount, lookedAt: at };
          if (does === 'begin') running.set(pid, { ...begun, threads: 1, status: 'running', startedAt: 0 });
          if (does === 'end') running.delete(pid);
          if (process === undefined || does === 'begin') continue;
          if (does === 'work') process.cpuMs = (process.cpuMs ?? 0) + amount;
          if (does === 'rename') Object.assign(process, { name, commandLine: name });
          Object.assign(process, { lookedAt: at, memoryBytes: does === 'look' ? null : amount });
        }
        following.take(table([...running.values()]), at);
        const programs = [...following.programs().values()];
        expect(programs.flatMap(({ entries }) => entries.map(({ process }) => process))).toHaveLength(
          running.size,
        );
        for (const { program, cpuPercent, memoryBytes, entries } of programs) {
          const total = (of: (entry: (typeof entries)[number]) => number | null) =>
            entries.reduce<number | null>((sum, entry) => {
              const value = of(entry);
              return sum === null || value === null ? null : sum + value;
            }, 0);
          expect(entries.every(({ process }) => process.name === program)).toBe(true);
          expect(memoryBytes).toBe(total(({ process }) => process.memoryBytes));
          expect(cpuPercent).toBe(total((entry) => entry.cpuPercent));
        }
      }
    }),
  );
});
