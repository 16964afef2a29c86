import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { diskIo } from './disk-io.ts';

const { signal } = new AbortController();
const counters = (device: string, factor: number) => ({
  device,
  readBytes: 512 * factor,
  writtenBytes: 1024 * factor,
  reads: factor,
  writes: 3 * factor,
  busyMs: 10 * factor,
});

test('rates come with the second collection; a device that was replaced has none, and the others do', async () => {
  let now = 0;
  const system = scriptedSystem({
    deviceCounters: [
      [counters('sda', 0), counters('sdb', 500)],
      [counters('sda', 10), counters('sdb', 4), counters('sdc', 900)],
    ],
  });
  const collector = diskIo.open({}, sourceSurroundings({ system, monotonic: () => (now += 4000) }));
  expect(await collector.collect(signal)).toEqual([]);
  const sample = (metric: string, value: number) => ({ metric, labels: { device: 'sda' }, value });
  expect(await collector.collect(signal)).toEqual([
    sample('disk_read_bytes_per_sec', 1280),
    sample('disk_written_bytes_per_sec', 2560),
    sample('disk_reads_per_sec', 2.5),
    sample('disk_writes_per_sec', 7.5),
    sample('disk_busy_percent', 2.5),
  ]);
});

test('a device is busy for all of the time at most', async () => {
  let now = 0;
  const system = scriptedSystem({ deviceCounters: [[counters('sda', 0)], [counters('sda', 101)]] });
  const collector = diskIo.open({}, sourceSurroundings({ system, monotonic: () => (now += 1000) }));
  await collector.collect(signal);
  expect(await collector.collect(signal)).toContainEqual({
    metric: 'disk_busy_percent',
    labels: { device: 'sda' },
    value: 100,
  });
});
