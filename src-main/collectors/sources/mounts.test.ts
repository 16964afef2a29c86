import { expect, onTestFinished, test, vi } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { mounts } from './mounts.ts';
import type { MountUsage } from '../system/system.ts';

const { signal } = new AbortController();
const half: MountUsage = { total: 100 * 2 ** 30, used: 40 * 2 ** 30, available: 40 * 2 ** 30 };

function machine(remote: readonly string[], usage: (path: string) => MountUsage | Promise<MountUsage>) {
  const asked: string[] = [];
  const system = {
    ...scriptedSystem(),
    mounts: () => ['/', ...remote].map((path) => ({ path, remote: path !== '/' })),
    mountUsage(path: string) {
      asked.push(path);
      return usage(path);
    },
  };
  return { asked, collector: mounts.open({}, sourceSurroundings({ system })) };
}

test('every mount has its numbers; inodes are absent where there is no number of them', async () => {
  const { collector } = machine(['/nas'], (path) =>
    path === '/' ? { ...half, inodes: { total: 1000, free: 750 } } : half,
  );
  const sample = (mount: string, metric: string, value: number) => ({ metric, labels: { mount }, value });
  expect(await collector.collect(signal)).toEqual([
    sample('/', 'mount_percent', 50),
    sample('/', 'mount_total_gb', 100),
    sample('/', 'mount_used_gb', 40),
    sample('/', 'mount_free_gb', 40),
    sample('/', 'mount_inodes_percent', 25),
    sample('/nas', 'mount_percent', 50),
    sample('/nas', 'mount_total_gb', 100),
    sample('/nas', 'mount_used_gb', 40),
    sample('/nas', 'mount_free_gb', 40),
  ]);
});

test('mounts that hang cost the others nothing, are asked once, and leave threads for the rest', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const fine = new Set(['/', '/fine']);
  const answers: ((usage: MountUsage) => void)[] = [];
  const { asked, collector } = machine(['/fine', '/a', '/b', '/c'], (path) =>
    fine.has(path) ? half : new Promise((resolve) => answers.push(resolve)),
  );
  const collect = async () => {
    const collected = Promise.resolve(collector.collect(signal)).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(9_000);
    return await collected;
  };
  const first = await collect();
  expect(first).toMatchObject({ code: 'deadline', samples: { length: 8 } });
  expect((first as PlimsollError).message).toContain('/a has not answered');
  expect(asked).toEqual(['/', '/fine', '/a', '/b']);
  const second = await collect();
  expect(second).toMatchObject({ code: 'deadline', samples: { length: 4 } });
  expect(asked).toEqual(['/', '/fine', '/a', '/b', '/']);
  fine.add('/a').add('/b');
  for (const answer of answers) answer(half);
  await vi.advanceTimersByTimeAsync(0);
  expect(await collect()).toMatchObject({ code: 'deadline', samples: { length: 16 } });
  expect(asked.slice(5)).toEqual(['/', '/fine', '/a', '/b', '/c']);
});

test('what may not be read is an error beside the others, and what has no size is no disk', async () => {
  const { collector } = machine(['/locked', '/proc'], (path) => {
    if (path === '/locked') throw new PlimsollError('unreadable', '/locked: EACCES');
    if (path === '/proc') throw new PlimsollError('unsupported', 'no size');
    return half;
  });
  await expect(async () => collector.collect(signal)).rejects.toMatchObject({
    code: 'unreadable',
    message: '/locked: EACCES',
    samples: { length: 4 },
  });
});
