import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { FromCollectors, ScheduledSource, ToCollectors } from './messages.ts';
import { ReadingUnpacker } from './packed-readings.ts';
import { sourceKinds } from './source-kinds.ts';

const missing = whyMissing();
const rounds = 5;

const sources: ScheduledSource[] = sourceKinds
  .filter(({ local }) => local === true)
  .map(({ kind, options }) => ({
    ...{ name: kind, kind, intervalSeconds: 0.5, secrets: {} },
    options: options.parse(
      { connections: { tcpStates: true }, processes: { watch: ['*node*'] } }[kind] ?? {},
    ) as Record<string, unknown>,
  }));

/** strace counts system calls: threads are clones with CLONE_THREAD, all other clones are processes. */
test.skipIf(missing !== null)(
  `the sampling loop starts no program${missing === null ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-strace-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const log = join(folder, 'calls');
    const child = fork(join(import.meta.dirname, 'host.ts'), {
      ...{ stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' },
      execPath: 'strace',
      execArgv: [
        ...['-f', '-qq', '-e', 'trace=execve,execveat,fork,vfork,clone,clone3', '-e', 'signal=none'],
        ...['-o', log, process.execPath],
      ],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const heard = new Map<string, number>();
    const unpacker = new ReadingUnpacker();
    const tell = (message: ToCollectors) => child.send(message);
    child.on('message', (raw) => {
      const message = raw as FromCollectors;
      if (message.type === 'ready') tell({ type: 'configure', host: 'here', maxWorkers: 4, sources });
      if (message.type !== 'readings') return;
      const read = message.packed === undefined ? [] : unpacker.unpack(message.packed);
      for (const { reading } of [...read, ...message.readings])
        heard.set(reading.source, (heard.get(reading.source) ?? 0) + 1);
    });
    while (!sources.every(({ name }) => (heard.get(name) ?? 0) >= rounds)) await once(child, 'message');
    tell({ type: 'stop' });
    await once(child, 'exit');

    const calls = readFileSync(log, 'utf8').split('\n');
    const started = calls.filter((call) => /\b(execve|execveat)\(/.test(call) && call.endsWith(' = 0'));
    expect(started).toHaveLength(1);
    const processes = calls.filter(
      (call) => /\b(fork|vfork|clone|clone3)\(/.test(call) && !call.includes('CLONE_THREAD'),
    );
    expect(processes).toEqual([]);
  },
);

function whyMissing(): string | null {
  if (process.platform !== 'linux') return 'counts on Linux only';
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return "strace is not there, or may not be used here; install Debian's strace";
  }
}
