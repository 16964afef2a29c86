import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { TopPrograms } from '../contract/top-programs.ts';
import { sourceKinds } from './source-kinds.ts';
import type { CountedReading, FromCollectors, ScheduledSource, ToCollectors } from './messages.ts';
import { ReadingUnpacker } from './packed-readings.ts';

const entry = join(import.meta.dirname, 'host.ts');
const sources: ScheduledSource[] = ['cpu', 'memory', 'disk', 'network'].map((kind) => ({
  name: `my ${kind}`,
  kind,
  intervalSeconds: 0.2,
  options: {},
  secrets: {},
}));

/** The real process and all its messages. */
function start() {
  const child = fork(entry, {
    ...{ stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] },
    serialization: 'advanced',
  });
  const said: FromCollectors[] = [];
  const heard: CountedReading[] = [];
  const unpacker = new ReadingUnpacker();
  const complaints: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  child.on('message', (message: FromCollectors) => {
    said.push(message);
    if (message.type !== 'readings') return;
    if (message.packed !== undefined) heard.push(...unpacker.unpack(message.packed));
    heard.push(...message.readings);
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    complaints,
    tell: (message: ToCollectors) => child.send(message),
    readings: (): readonly CountedReading[] => heard,
    /** Waits until the messages fulfil a condition. */
    async until(heard: (messages: readonly FromCollectors[]) => boolean): Promise<void> {
      while (!heard(said)) await once(child, 'message');
    },
  };
}

function ready(said: readonly FromCollectors[]): boolean {
  return said.some(({ type }) => type === 'ready');
}

async function ended(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return [code, signal];
}

test('says what runs when it is asked, although no source is about processes', async () => {
  const { tell, until } = start();
  await until(ready);
  tell({ type: 'top', id: 7 });
  let answer: FromCollectors | undefined;
  await until((said) => (answer = said.find(({ type }) => type === 'top')) !== undefined);
  expect(answer).toMatchObject({ id: 7, programs: { at: expect.any(Number) as number } });
  const { byMemory } = (answer as Extract<FromCollectors, { type: 'top' }>).programs as TopPrograms;
  expect(byMemory.length).toBeGreaterThan(0);
  expect(byMemory.length).toBeLessThanOrEqual(5);
  expect(byMemory[0]?.memoryBytes).toBeGreaterThan(10_000_000);
});

test('samples every kind of this machine as configured, and leaves when asked', async () => {
  const { child, complaints, tell, until, readings } = start();
  await until(ready);
  tell({ type: 'configure', host: 'here', maxWorkers: 4, sources });
  await until(() =>
    sources.every(({ name }) =>
      readings().some(({ reading }) => reading.source === name && reading.samples.length > 0),
    ),
  );
  const metrics = new Set(readings().flatMap(({ reading }) => reading.samples.map(({ metric }) => metric)));
  expect([...metrics]).toEqual(
    expect.arrayContaining(['bytes_recv_per_sec', 'cpu_percent', 'disk_percent', 'memory_percent']),
  );
  const declared = new Set(sourceKinds.flatMap((kind) => Object.keys(kind.metrics)));
  expect([...metrics].filter((metric) => !declared.has(metric))).toEqual([]);
  expect(readings().map(({ reading }) => [reading.host, reading.error])).toEqual(
    readings().map(() => ['here', null]),
  );
  tell({ type: 'stop' });
  await until((said) => said.at(-1)?.type === 'stopped');
  expect(await ended(child)).toEqual([0, null]);
  expect(complaints).toEqual([]);
});

test('is gone within a second when the line to main is cut', async () => {
  const { child, tell, until, readings } = start();
  await until(ready);
  tell({ type: 'configure', host: 'here', maxWorkers: 4, sources });
  await until(() => readings().length > 0);
  const cut = performance.now();
  child.disconnect();
  await ended(child);
  expect(performance.now() - cut).toBeLessThan(1000);
});

test('is gone within a second when main is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-host-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const main = join(folder, 'main.mjs');
  writeFileSync(
    main,
    `import { fork } from 'node:child_process';
     const child = fork(${JSON.stringify(entry)}, { execArgv: [] });
     child.once('message', () => process.send(child.pid));`,
  );
  const parent = fork(main, { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [pid] = (await once(parent, 'message')) as [number];
  onTestFinished(() => endQuietly(pid));
  // Both hold the write end of this pipe: it closes when the last of them is gone.
  const allGone = once(parent.stdout?.resume() ?? parent, 'close');
  const killed = performance.now();
  parent.kill('SIGKILL');
  await allGone;
  expect(performance.now() - killed).toBeLessThan(1000);
});

test.skipIf(process.platform === 'win32')('Ctrl-C is answered by main alone', async () => {
  const { child, tell, until, readings } = start();
  await until(ready);
  child.kill('SIGINT');
  tell({ type: 'configure', host: 'here', maxWorkers: 4, sources });
  await until(() => readings().length > 0);
  expect(child.exitCode).toBeNull();
});

test.skipIf(process.platform === 'win32')(
  'after it was stopped for three seconds there is no burst',
  async () => {
    const { child, tell, until, readings } = start();
    await until(ready);
    tell({ type: 'configure', host: 'here', maxWorkers: 4, sources });
    await until(() => readings().length >= 12);
    child.kill('SIGSTOP');
    await pause(3_000);
    const before = readings().length;
    const resumed = performance.now();
    child.kill('SIGCONT');
    await until(() => readings().length >= before + 12);
    const seconds = (performance.now() - resumed) / 1000;
    // Each source once for all it missed, then at its rate: 4 + 4 × 5 per second.
    expect(readings().length - before).toBeLessThanOrEqual(Math.ceil(8 + 20 * seconds));
    expect(seconds).toBeGreaterThan(0.3);
    const missed = new Map(readings().map(({ reading, missedRuns }) => [reading.source, missedRuns]));
    for (const [name, count] of missed) {
      expect(count, name).toBeGreaterThanOrEqual(13);
      expect(count, name).toBeLessThanOrEqual(18);
    }
  },
);

test('what nobody caught ends it with code 1 and a line that says what', async () => {
  const { child, complaints, until } = start();
  await until(ready);
  child.send(null as unknown as ToCollectors);
  expect(await ended(child)).toEqual([1, null]);
  expect(complaints.join('')).toMatch(/^plimsoll collectors: ended by an unexpected error: TypeError/);
});

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}
