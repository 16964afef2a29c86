import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { traceOf, watchAtRest } from './watch-at-rest.ts';

const everyMs = 20;

let directory: string;
let file: string;
let calls: number;
let end: () => void;

const onChange = (): void => {
  calls++;
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'watch-'));
  file = join(directory, 'plimsoll.yaml');
  writeFileSync(file, 'a');
  calls = 0;
  end = watchAtRest(file, {
    clock: systemClock,
    everyMs,
    since: await traceOf(file),
    onChange,
  });
});
afterEach(() => {
  end();
  rmSync(directory, { recursive: true });
});

const called = (times: number) => expect.poll(() => calls, { interval: 2 }).toBe(times);

it('tells each change once, however it was made', async () => {
  const { atime, mtime } = statSync(file);
  writeFileSync(file, 'b');
  utimesSync(file, atime, mtime);
  await called(1);
  writeFileSync(`${file}~`, 'b');
  renameSync(`${file}~`, file);
  await called(2);
  unlinkSync(file);
  mkdirSync(file);
  await called(3);
  await pause(5 * everyMs);
  expect(calls).toBe(3);
});

it('waits until a file is written to its end', async () => {
  const until = performance.now() + 10 * everyMs;
  for (let size = 1; performance.now() < until; size++) {
    writeFileSync(file, 'c'.repeat(size));
    await pause(1);
  }
  expect(calls).toBe(0);
  await called(1);
});

it('tells once that the file is gone, and that another one came', async () => {
  unlinkSync(file);
  await called(1);
  await pause(5 * everyMs);
  expect(calls).toBe(1);
  writeFileSync(file, 'd');
  await called(2);
});

it('knows a change that comes long after the last, of the file and through a link', async () => {
  end();
  const link = join(directory, 'link.yaml');
  symlinkSync(file, link);
  end = watchAtRest(link, { clock: systemClock, everyMs, since: await traceOf(link), onChange });
  await pause(10 * everyMs);
  writeFileSync(file, 'at rest by then');
  await called(1);
  await pause(10 * everyMs);
  writeFileSync(`${file}~`, 'another');
  renameSync(`${file}~`, file);
  await called(2);
  unlinkSync(link);
  writeFileSync(link, 'no link any more');
  await called(3);
});

it('knows a change that was made before it began', async () => {
  end();
  const since = await traceOf(file);
  writeFileSync(file, 'e');
  end = watchAtRest(file, { clock: systemClock, everyMs, since, onChange });
  await called(1);
});
