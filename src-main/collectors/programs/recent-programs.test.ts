import { expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import type { ProcessInfo, ProcessTable } from '../system/system.ts';
import { RecentPrograms } from './recent-programs.ts';

function machine() {
  const build: ProcessInfo & { cpuMs: number } = {
    ...{ pid: 7, name: 'build', commandLine: 'build', cpuMs: 0, memoryBytes: 1000, threads: 1 },
    ...{ status: 'running', startedAt: 0 },
  };
  const state = {
    ...{ looks: 0, build, problem: null as PlimsollError | null },
    mustLook: (() => true) as (process: ProcessInfo) => boolean,
  };
  const table: ProcessTable = { processes: [build], hidden: false, count: 1, openFilesOf: () => null };
  const clock = new HandClock();
  const recent = new RecentPrograms({
    clock,
    system: {
      processes: (mustLook = () => true) => {
        state.mustLook = mustLook;
        state.looks++;
        if (state.problem !== null) throw state.problem;
        return table;
      },
    },
  });
  return { state, clock, recent };
}

test('looks every thirty seconds, and once more when it is asked, over the time since', async () => {
  const { state, clock, recent } = machine();
  const begun = clock.now();
  recent.start();
  await clock.turn(60_000);
  expect(state.looks).toBe(3);
  await clock.turn(10_000);
  state.build.cpuMs += 5_000;
  state.build.memoryBytes = 9000;
  const top = await recent.top();
  expect(state.looks).toBe(4);
  const program = {
    ...{ program: 'build', cpuPercent: 50, memoryBytes: 9000 },
    before: { at: begun, cpuPercent: null, memoryBytes: 1000 },
  };
  expect(top).toEqual({ at: begun + 70_000, byCpu: [program], byMemory: [program] });
  expect(await recent.top()).toEqual(top);
  expect(state.looks).toBe(4);
  recent.stop();
  await clock.turn(600_000);
  expect(state.looks).toBe(4);
});

test('who was looked at a moment ago is looked at again only when somebody asks', async () => {
  const { state, clock, recent } = machine();
  state.build.lookedAt = clock.monotonic() - 4_000;
  recent.start();
  await clock.turn(0);
  expect(state.mustLook(state.build)).toBe(false);
  state.build.lookedAt -= 1_000;
  expect(state.mustLook(state.build)).toBe(true);
  await clock.turn(3_000);
  state.build.lookedAt = clock.monotonic();
  await recent.top();
  expect(state.mustLook(state.build)).toBe(true);
  recent.stop();
});

test('what cannot be read is told when it is asked for, and looking goes on', async () => {
  const { state, clock, recent } = machine();
  state.problem = new PlimsollError('unreadable', '/proc is gone');
  recent.start();
  await clock.turn(30_000);
  await expect(recent.top()).rejects.toBe(state.problem);
  state.problem = null;
  await clock.turn(30_000);
  expect(await recent.top()).toMatchObject({ byMemory: [{ program: 'build', before: null }] });
  recent.stop();
});
