import { expect, test } from 'vitest';
import type { Measurement } from '../../contract/sample.ts';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { processes } from './processes.ts';
import type { ProcessInfo, ProcessTable } from '../system/system.ts';

const { signal } = new AbortController();
let nextPid = 1;

type Counted = ProcessInfo & { cpuMs: number };

function program(name: string, given: Partial<Counted> = {}): Counted {
  return {
    ...{ pid: nextPid++, name, commandLine: `/usr/bin/${name}`, cpuMs: 0, memoryBytes: 0, threads: 1 },
    ...{ status: 'sleeping' as const, startedAt: 1000.4, ...given },
  };
}

/** A machine whose processes do what the test says, in steps of two seconds; returns its collections by step. */
function machine(options: { watch?: string[]; top?: number; topDetails?: boolean; intervalMs?: number }) {
  const running: ProcessInfo[] = [];
  const table: ProcessTable = {
    get processes() {
      return [...running];
    },
    hidden: false,
    count: 7,
    openFilesOf: () => 3,
  };
  let looked: string[] = [];
  const tableFor = (mustLook: (process: ProcessInfo) => boolean = () => false) => {
    looked = running.filter(mustLook).map(({ name }) => name);
    return table;
  };
  const system = { ...scriptedSystem(), processes: tableFor };
  let now = 0;
  const monotonic = () => (now += options.intervalMs ?? 2000);
  const parsed = processes.options.parse({
    watch: options.watch ?? [],
    top: options.top ?? 0,
    topDetails: options.topDetails,
  });
  const collector = processes.open(parsed, sourceSurroundings({ system, monotonic }));
  return {
    ...{ running, table },
    collect: async () => await collector.collect(signal),
    /** The processes that had to be examined for the last collection, at rest or not. */
    looked: () => looked,
  };
}

/** `metric process value`, easy to compare. */
function lines(samples: readonly Measurement[]): string[] {
  return samples.map(({ metric, labels, value }) => `${metric} ${labels['process'] ?? '-'} ${value}`);
}

test('what is watched: all processes of one name together, found by name or command line', async () => {
  const { running, collect } = machine({ watch: ['db', '*app.py*', 'nobody'] });
  const db = program('db', { cpuMs: 5000, memoryBytes: 100, threads: 4 });
  const other = program('DB', { cpuMs: 90, memoryBytes: 50, startedAt: 2000 });
  running.push(db, other, program('python3', { commandLine: 'python3 /srv/app.py' }));
  expect(await collect()).toEqual([]);
  db.cpuMs += 1000;
  other.cpuMs += 500;
  expect(lines(await collect())).toEqual([
    'process_count_total - 7',
    'process_zombies - 0',
    'process_blocked - 0',
    'process_stopped - 0',
    'process_running db 1',
    'process_count db 2',
    'process_cpu_percent db 75',
    'process_memory_bytes db 150',
    'process_threads db 5',
    'process_open_files db 6',
    'process_started_at db 1000',
    'process_status db 2',
    'process_running *app.py* 1',
    'process_count *app.py* 1',
    'process_cpu_percent *app.py* 0',
    'process_memory_bytes *app.py* 0',
    'process_threads *app.py* 1',
    'process_open_files *app.py* 3',
    'process_started_at *app.py* 1000',
    'process_status *app.py* 2',
    'process_running nobody 0',
    'process_count nobody 0',
  ]);
});

test('a process that came since the collection before has used its time since then; what it execs is another program', async () => {
  const { running, collect } = machine({ watch: ['db', 'sh'] });
  await collect();
  const child = program('sh', { cpuMs: 200 });
  running.push(child, program('sh', { cpuMs: 9_000_000 }));
  const cpu = (samples: readonly Measurement[]) => lines(samples).filter((line) => /running|cpu/.test(line));
  expect(cpu(await collect())).toEqual(['process_running db 0', 'process_running sh 1']);
  running.pop();
  child.name = 'db';
  child.commandLine = '/usr/bin/db';
  child.cpuMs = 300;
  expect(cpu(await collect())).toEqual([
    'process_running db 1',
    'process_cpu_percent db 5',
    'process_running sh 0',
  ]);
});

test('what was not looked at keeps its share, and the next one is over the time between two looks', async () => {
  const { running, collect } = machine({ watch: ['kswapd0'] });
  const shares = [];
  const kswapd = program('kswapd0');
  running.push(kswapd);
  for (const [cpuMs, lookedAt] of [
    [0, 2000],
    [500, 4000],
    [500, 4000],
    [500, 4000],
    [3500, 10_000],
  ] as const) {
    Object.assign(kswapd, { cpuMs, lookedAt });
    const samples = await collect();
    shares.push(samples.find(({ metric }) => metric === 'process_cpu_percent')?.value);
  }
  expect(shares).toEqual([undefined, 25, 25, 25, 50]);
});

test.each([
  [1000, ['db', 'new']],
  [5000, ['idle', 'db', 'new']],
])('at %i ms it has to be told how these are', async (intervalMs, names) => {
  const { running, collect, looked } = machine({ watch: ['db'], intervalMs });
  running.push(program('idle'), program('db'));
  for (let round = 0; round < 3; round++) await collect();
  running.push(program('new'));
  await collect();
  expect(looked()).toEqual(names);
});

test('where processes are hidden, what is not seen may run: it is absent, and the reason told', async () => {
  const { running, table, collect } = machine({ watch: ['seen', 'unseen'] });
  table.hidden = true;
  table.count = null;
  table.openFilesOf = () => null;
  running.push(program('seen'));
  await collect();
  const failure = (await collect().catch((thrown: unknown) => thrown)) as { samples: Measurement[] };
  expect(failure).toMatchObject({
    code: 'no_permission',
    message: expect.stringContaining('unseen') as string,
  });
  expect(lines(failure.samples)).toEqual([
    'process_running seen 1',
    'process_count seen 1',
    'process_cpu_percent seen 0',
    'process_memory_bytes seen 0',
    'process_threads seen 1',
    'process_started_at seen 1000',
    'process_status seen 2',
  ]);
});

test('the top by processor time and by memory are programs; they keep their series for ten minutes', async () => {
  const { running, collect } = machine({ top: 1, intervalMs: 200_000 });
  const top = async () => lines(await collect()).filter((line) => line.startsWith('top_'));
  const worker = program('build', { memoryBytes: 10 });
  const second = program('build', { memoryBytes: 20 });
  running.push(worker, second, program('db', { memoryBytes: 1000 }), program('quiet', { memoryBytes: 5 }));
  await collect();
  worker.cpuMs += 100_000;
  second.cpuMs += 40_000;
  const memory = ['top_process_cpu_percent db 0', 'top_process_memory_bytes db 1000'];
  expect(await top()).toEqual([
    'top_process_cpu_percent build 70',
    'top_process_memory_bytes build 30',
    ...memory,
  ]);
  running.splice(0, 2);
  const gone = ['top_process_cpu_percent build 0', 'top_process_memory_bytes build 0', ...memory];
  expect([await top(), await top(), await top(), await top()]).toEqual([gone, gone, gone, memory]);
});

test('a zombie does not run any more, and is counted; of several the most troubled gives the status', async () => {
  const { running, collect } = machine({ watch: ['db', 'sh', 'ghost'] });
  running.push(program('db', { status: 'running', memoryBytes: 5 }), program('db', { status: 'blocked' }));
  running.push(program('sh', { status: 'stopped' }), program('sh', { status: 'zombie', threads: 1 }));
  running.push(program('ghost', { status: 'zombie' }), program('other', { status: null }));
  await collect();
  expect(lines(await collect()).filter((line) => !/memory|cpu|started|open_files/.test(line))).toEqual([
    'process_count_total - 7',
    'process_zombies - 2',
    'process_blocked - 1',
    'process_stopped - 1',
    'process_running db 1',
    'process_count db 2',
    'process_threads db 2',
    'process_status db 3',
    'process_running sh 1',
    'process_count sh 1',
    'process_threads sh 1',
    'process_status sh 5',
    'process_running ghost 0',
    'process_count ghost 0',
    'process_status ghost 5',
  ]);
});

test('the top in detail: threads, files, status and start as well, until it has ended', async () => {
  const { running, table, collect } = machine({ top: 1, topDetails: true });
  running.push(program('db', { memoryBytes: 7, threads: 4 }));
  const top = async () => lines(await collect()).filter((line) => line.startsWith('top_'));
  await collect();
  expect(await top()).toEqual([
    'top_process_cpu_percent db 0',
    'top_process_memory_bytes db 7',
    'top_process_threads db 4',
    'top_process_open_files db 3',
    'top_process_status db 2',
    'top_process_started_at db 1000',
  ]);
  table.openFilesOf = () => null;
  expect(await top()).not.toContain('top_process_open_files db 3');
  running.pop();
  expect(await top()).toEqual(['top_process_cpu_percent db 0', 'top_process_memory_bytes db 0']);
});

test('where the system tells rates and no threads, the rates count and threads are absent', async () => {
  const { running, collect } = machine({ watch: ['db', 'new'], top: 1, topDetails: true });
  const told = { threads: null, startedAt: null, memoryBytes: 9 };
  running.push({ ...program('db'), ...told, cpuMs: null, cpuPercent: 40 });
  running.push({ ...program('new'), ...told, cpuMs: null, cpuPercent: null });
  await collect();
  expect(lines(await collect()).filter((line) => /cpu|threads|started/.test(line))).toEqual([
    'process_cpu_percent db 40',
    'top_process_cpu_percent db 40',
  ]);
});

test('hostile names are labels and nothing else, and there are never more series than allowed', async () => {
  const watch = Array.from({ length: 20 }, (_, place) => `w${place}`);
  const { running, collect } = machine({ watch, top: 50 });
  const busy = Array.from({ length: 100 }, (_, place) =>
    program(`evil\u001b[2J\n${place} ${'x'.repeat(5000)}`, { memoryBytes: 1000 + place, threads: 8 }),
  );
  running.push(...busy, ...watch.map((name) => program(name)));
  await collect();
  busy.forEach((process, place) => (process.cpuMs += 5000 - 10 * place));
  const samples = await collect();
  const labels = samples.flatMap((sample) => sample.labels['process'] ?? []);
  expect(labels.length).toBeLessThanOrEqual(256);
  expect(labels.every((label) => label.length <= 200 && !/\p{Cc}/u.test(label))).toBe(true);
  expect(samples.find(({ metric }) => metric === 'series_left_out')?.value).toBe(2 * (100 - 48));
});

test.each([[{ watch: ['a', 'a'] }], [{ watch: [''] }], [{ watch: Array(21).fill('a') }], [{ top: 51 }]])(
  '%j is refused',
  (options) => {
    expect(processes.options.safeParse(options).success).toBe(false);
  },
);
